// Comforts for the pages of Dega Internet. Every page works without this file.
'use strict';

(() => {
  const each = (selector, deed) => document.querySelectorAll(selector).forEach(deed);

  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  const button = (text, className, onclick) => element('button', { type: 'button', className, textContent: text, onclick });

  // One place from which screen readers are told what happened.
  const status = element('p', { className: 'vh' });
  status.setAttribute('role', 'status');
  document.body.append(status);

  // ---- A page that answers a form: asked for again, it is loaded anew, and the form isn't sent a second time ----

  const here = document.querySelector('meta[name="dega-here"]');
  if (here) history.replaceState(null, '', here.content);

  // ---- Errors: the reader starts at the summary ----

  document.getElementById('error-summary')?.focus();

  // ---- Copy buttons: <span data-copy="…" data-label="…" data-done="…"> ----

  const addCopyButton = (place) => {
    if (!navigator.clipboard) return;
    const { copy, label, name, done } = place.dataset;
    const copier = button(label, 'copy', async () => {
      await navigator.clipboard.writeText(copy);
      copier.textContent = status.textContent = done;
      setTimeout(() => { copier.textContent = label; status.textContent = ''; }, 2000);
    });
    if (name) copier.setAttribute('aria-label', name);
    place.append(' ', copier);
  };
  each('[data-copy]', addCopyButton);

  each('[data-print]', (place) => {
    place.append(button(place.dataset.print, 'button button-secondary', () => window.print()));
  });

  // ---- New passwords: what is still missing, told after a pause. What is common or known only the server can tell ----

  const tellWhatIsMissing = (place, field) => {
    const { least, missing, characters, letters, digits, met } = place.dataset;
    const told = element('p', { className: 'met' });
    told.setAttribute('role', 'status');
    place.after(told);
    let pause = 0;
    field.addEventListener('input', () => {
      clearTimeout(pause);
      pause = setTimeout(() => {
        const short = Number(least) - [...field.value.normalize('NFKC')].length;
        const wanted = [];
        if (short > 0) wanted.push(characters.replace('{n}', short));
        if (!/\p{L}/u.test(field.value)) wanted.push(letters);
        if (!/\p{Nd}/u.test(field.value)) wanted.push(digits);
        told.textContent = !field.value ? '' : wanted.length ? `${missing} ${wanted.join(', ')}.` : met;
      }, 700);
    });
  };

  // ---- Passwords: show what was typed, say that Caps Lock is on ----

  each('.password', (place) => {
    const field = place.querySelector('input');
    const { show, hide, caps } = place.dataset;
    const toggle = button(show, 'button button-secondary', () => {
      const hidden = field.type === 'password';
      field.type = hidden ? 'text' : 'password';
      toggle.textContent = hidden ? hide : show;
      toggle.setAttribute('aria-label', `${toggle.textContent} (${field.labels[0].textContent})`);
    });
    toggle.setAttribute('aria-label', `${show} (${field.labels[0].textContent})`);
    const warning = element('p', { className: 'caps' });
    warning.setAttribute('role', 'status');
    place.append(toggle, warning);
    field.addEventListener('keyup', (event) => {
      warning.textContent = event.getModifierState?.('CapsLock') ? caps : '';
    });
    if (place.dataset.least) tellWhatIsMissing(place, field);
    // Password managers learn only from password fields.
    field.form?.addEventListener('submit', () => { field.type = 'password'; });
  });

  // ---- A form is sent once: a second press within seconds is ignored, a later one is a retry. What takes longer than
  // a second says so ----

  const SAYS_AFTER_MS = 1000;
  const RETRY_AFTER_MS = 4000;
  const pressed = new WeakMap();
  const working = document.body.dataset.working;
  const sayWorking = (key) => {
    if (!key.hasAttribute('aria-busy') || !key.value) return;
    key.dataset.words = key.value;
    key.value = status.textContent = working;
  };
  const release = (key) => {
    key.removeAttribute('aria-busy');
    if (key.dataset.words) key.value = key.dataset.words;
    status.textContent = '';
  };
  document.addEventListener('submit', (event) => {
    const key = event.submitter || event.target;
    if (Date.now() - (pressed.get(key) || 0) < RETRY_AFTER_MS) {
      event.preventDefault();
      return;
    }
    pressed.set(key, Date.now());
    key.setAttribute('aria-busy', 'true');
    setTimeout(() => sayWorking(key), SAYS_AFTER_MS);
    setTimeout(() => release(key), RETRY_AFTER_MS);
  });
  window.addEventListener('pageshow', () => each('[aria-busy]', (key) => {
    release(key);
    pressed.delete(key);
  }));

  // ---- The idle watch: a warning one minute before the session ends ----

  const idle = document.querySelector('meta[name="dega-idle-seconds"]');
  if (idle && window.HTMLDialogElement) {
    const WARNING_S = 60;
    const { title, text, left, stay, leave, expired } = idle.dataset;
    let seenAt = Date.now() - performance.now();
    const tabs = window.BroadcastChannel ? new BroadcastChannel('dega') : null;

    const number = element('strong', { className: 'number' });
    const heading = element('h2', { id: 'idle-title', textContent: title });
    const countdown = element('p', {}, `${left} `, number);
    countdown.setAttribute('aria-hidden', 'true');
    const dialog = element('dialog', {}, heading, element('p', { textContent: text }), countdown,
      element('div', { className: 'actions' },
        button(stay, 'button button-primary', () => extend()),
        button(leave, 'button button-quiet', () => document.querySelector('form[action="/logout"]').submit())));
    dialog.setAttribute('aria-labelledby', heading.id);
    document.body.append(dialog);

    const seen = (at) => {
      seenAt = at;
      if (dialog.open) dialog.close();
    };
    const extend = async () => {
      const token = document.querySelector('input[name="form_token"]').value;
      const at = Date.now();
      const answer = await fetch('/session/extend', { method: 'POST', redirect: 'manual', body: new URLSearchParams({ form_token: token }) });
      if (!answer.ok) return location.assign(expired);
      tabs?.postMessage('seen');
      return seen(at);
    };
    dialog.addEventListener('cancel', (event) => { event.preventDefault(); extend(); });

    if (tabs) {
      tabs.onmessage = () => seen(Date.now());
      tabs.postMessage('seen');
    }
    setInterval(() => {
      const remaining = Math.ceil(Number(idle.content) - (Date.now() - seenAt) / 1000);
      if (remaining <= 0) location.assign(expired);
      else if (remaining <= WARNING_S) {
        number.textContent = remaining;
        if (!dialog.open) dialog.showModal();
      }
    }, 1000);
  }

  // ---- Seconds run down ----

  each('[data-seconds]', (place) => {
    const end = Date.now() + 1000 * Number(place.dataset.seconds);
    setInterval(() => { place.textContent = Math.max(0, Math.ceil((end - Date.now()) / 1000)); }, 1000);
  });

  // ---- The demo's telephone asks for new messages ----

  each('[data-refresh]', (screen) => {
    const { refresh, label, done } = screen.dataset;
    const nameOf = (time, text) => `${time} ${text}`;
    const shown = new Set([...screen.children].map((item) => nameOf(item.dataset.time, item.firstElementChild.textContent)));

    const show = ({ time, text, code }) => {
      if (shown.has(nameOf(time, text))) return;
      shown.add(nameOf(time, text));
      const foot = element('p', { className: 'bubble-time', textContent: time });
      screen.append(element('li', { className: 'bubble' }, element('p', { textContent: text }), foot));
      if (!code) return;
      const place = element('span');
      Object.assign(place.dataset, { copy: code, label: `${label} ${code}`, done });
      foot.append(place);
      addCopyButton(place);
    };
    setInterval(async () => {
      if (document.hidden) return;
      const answer = await fetch(refresh).catch(() => null); // the demo may be starting again
      if (answer?.ok) (await answer.json()).reverse().forEach(show); // newest first
      if (screen.children.length) screen.parentNode.querySelector('.phone-empty')?.remove();
    }, 3000);
  });
})();
