// Passkeys: forms that carry what a device signed. Without scripts they show nothing, and pages say what else to do.
'use strict';

(() => {
  if (!window.PublicKeyCredential) return;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (each) => each.charCodeAt(0));

  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

  // What the device is asked comes as JSON, in which bytes are base64url.
  const read = (json) => {
    const asked = JSON.parse(json);
    asked.challenge = bytes(asked.challenge);
    if (asked.user) asked.user.id = bytes(asked.user.id);
    [...asked.allowCredentials || [], ...asked.excludeCredentials || []].forEach((each) => { each.id = bytes(each.id); });
    return asked;
  };

  const write = ({ rawId, type, response }) => {
    const parts = {};
    ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'].forEach((name) => {
      if (response[name]) parts[name] = text(response[name]);
    });
    return JSON.stringify({ id: text(rawId), rawId: text(rawId), type, response: parts });
  };

  document.querySelectorAll('form[data-passkey]').forEach((form) => {
    const { passkey, asked, label, look, failed, known } = form.dataset;
    const button = Object.assign(document.createElement('input'), { type: 'submit', className: `button button-${look}`, value: label });
    const row = Object.assign(document.createElement('div'), { className: 'actions' });
    const said = Object.assign(document.createElement('p'), { className: 'error' });
    said.setAttribute('role', 'status');
    row.append(button);
    form.append(row, said);
    form.parentNode.querySelectorAll('.without-passkeys').forEach((each) => each.remove());

    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      if (button.disabled) return;
      button.disabled = true;
      said.textContent = '';
      try {
        form.elements.passkey.value = write(await navigator.credentials[passkey]({ publicKey: read(asked) }));
        form.submit();
      } catch (error) {
        said.textContent = passkey === 'create' && error.name === 'InvalidStateError' ? known : failed;
        button.disabled = false;
        button.removeAttribute('aria-busy');
      }
    });
    window.addEventListener('pageshow', () => { button.disabled = false; });
  });
})();
