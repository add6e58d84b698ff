// The virtual keyboard: types into the field beside it and asks the server for nothing. Off until somebody opens it.
// Without this file each key is a button of the form, and the server keeps what was typed.
'use strict';

(() => {
  const offer = document.getElementById('keyboard');
  if (!offer || offer.querySelector('.keyboard')) return; // the server's own keyboard is in use
  const words = offer.dataset;
  offer.remove();

  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };
  const button = (text, className, onclick) => element('button', { type: 'button', className, textContent: text, onclick });
  const fill = (sentence, n) => sentence.replace('{n}', n);
  const lengthOf = (text) => [...text].length;

  const mixed = (keys) => {
    const weights = crypto.getRandomValues(new Uint32Array(keys.length));
    return keys.map((key, place) => [weights[place], key]).sort(([a], [b]) => a - b).map(([, key]) => key);
  };

  // Rows come in halves. Digits change places with digits, the other keys among themselves.
  const shuffled = (halves) => {
    const pools = [halves.slice(0, 2), halves.slice(2)].map((part) => mixed([...part.join('')]));
    return halves.map((half, place) => pools[place < 2 ? 0 : 1].splice(0, half.length).join(''));
  };

  const open = new Set();

  const makeKeyboard = (field, toggle) => {
    const label = field.labels[0].textContent.trim();
    const layouts = { letters: words.letters.split(' '), signs: words.signs.split(' ') };
    let layout = layouts;
    let capitals = false;
    let signs = false;

    const said = element('p', { className: 'keyboard-count', textContent: fill(words.count, lengthOf(field.value)) });
    said.setAttribute('role', 'status'); // how many characters, never which
    const rows = element('div');
    const more = element('div', { className: 'keys-more' });
    const group = element('div', { className: 'keyboard', id: `keyboard-${field.id}` }, said, rows, more);
    group.setAttribute('role', 'group');
    group.setAttribute('aria-label', `${words.name}: ${label}`);

    // ---- What keys do to the field ----

    const changed = (sentence) => {
      said.textContent = fill(sentence, lengthOf(field.value));
      field.dispatchEvent(new Event('input', { bubbles: true }));
    };
    const write = (text) => {
      const { selectionStart, selectionEnd, value, maxLength } = field;
      if (maxLength >= 0 && value.length - (selectionEnd - selectionStart) + text.length > maxLength) return;
      field.setRangeText(text, selectionStart, selectionEnd, 'end');
      changed(words.added);
    };
    const erase = () => {
      const { selectionStart, selectionEnd, value } = field;
      const last = [...value.slice(0, selectionStart)].pop() || '';
      const start = selectionStart < selectionEnd ? selectionStart : selectionStart - last.length;
      if (start === selectionEnd) return;
      field.setRangeText('', start, selectionEnd, 'end');
      changed(words.deleted);
    };
    const clear = () => {
      field.value = '';
      changed(words.cleared);
    };

    // ---- The keys ----

    const draw = () => {
      const halves = layout[signs ? 'signs' : 'letters'].map((half) => (capitals && !signs ? half.toUpperCase() : half));
      const keysOf = (half) => element('div', { className: 'keys-half' },
        ...[...half].map((key) => button(key, 'key', () => write(key))));
      const drawn = [];
      for (let at = 0; at < halves.length; at += 2) {
        drawn.push(element('div', { className: 'keys' }, keysOf(halves[at]), keysOf(halves[at + 1])));
      }
      rows.replaceChildren(...drawn);
    };
    const switchKey = (text, press) => {
      const key = button(text, 'key', () => {
        key.setAttribute('aria-pressed', String(press()));
        draw();
        stopAt(key);
      });
      key.setAttribute('aria-pressed', 'false');
      return key;
    };
    const capitalsKey = switchKey(words.capitals, () => { capitals = !capitals; return capitals; });
    const signsKey = switchKey(words.marks, () => { signs = !signs; return signs; });
    const close = (focus) => {
      group.hidden = true;
      toggle.setAttribute('aria-expanded', 'false');
      open.delete(close);
      if (focus) toggle.focus();
    };
    more.append(capitalsKey, signsKey, button(words.space, 'key', () => write(' ')), button(words.delete, 'key', erase),
      button(words.clear, 'key', clear), button(words.close, 'key', () => close(true)));

    const shuffle = element('input', { type: 'checkbox', id: `${group.id}-shuffle` });
    shuffle.addEventListener('change', () => {
      layout = shuffle.checked ? { letters: shuffled(layouts.letters), signs: shuffled(layouts.signs) } : layouts;
      draw();
      stopAt(keys()[0]);
    });
    group.append(element('div', { className: 'choice' }, shuffle, element('label', { htmlFor: shuffle.id, textContent: words.shuffle })));

    // ---- One stop of the Tab key; arrows, Home and End move inside, Escape closes ----

    const keys = () => [...group.querySelectorAll('.key')];
    const stopAt = (key) => keys().forEach((other) => { other.tabIndex = other === key ? 0 : -1; });
    const lineOf = (key) => keys().filter((other) => Math.abs(other.offsetTop - key.offsetTop) < key.offsetHeight / 2);
    const middle = (key) => key.offsetLeft + key.offsetWidth / 2;
    const nextLine = (key, step) => {
      const all = keys();
      const line = lineOf(key);
      const at = all.indexOf(step < 0 ? line[0] : line[line.length - 1]) + step;
      const there = lineOf(all[(at + all.length) % all.length]);
      return there.reduce((best, other) => (Math.abs(middle(other) - middle(key)) < Math.abs(middle(best) - middle(key)) ? other : best));
    };
    const beside = (key, step) => {
      const all = keys();
      return all[(all.indexOf(key) + step + all.length) % all.length];
    };
    const moves = {
      ArrowLeft: (key) => beside(key, -1),
      ArrowRight: (key) => beside(key, 1),
      ArrowUp: (key) => nextLine(key, -1),
      ArrowDown: (key) => nextLine(key, 1),
      Home: (key) => lineOf(key)[0],
      End: (key) => lineOf(key).pop(),
    };
    group.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') close(true);
      else if (event.target.matches('.key') && moves[event.key]) moves[event.key](event.target).focus();
      else return;
      event.preventDefault();
    });
    group.addEventListener('focusin', (event) => {
      if (event.target.matches('.key')) stopAt(event.target);
    });

    draw();
    stopAt(keys()[0]);
    return { group, close };
  };

  document.querySelectorAll('.password').forEach((place) => {
    const field = place.querySelector('input');
    let keyboard = null;
    const toggle = button(words.name, 'link keyboard-toggle', () => {
      if (toggle.getAttribute('aria-expanded') === 'true') return keyboard.close(false);
      open.forEach((close) => close(false));
      if (!keyboard) {
        keyboard = makeKeyboard(field, toggle);
        toggle.after(keyboard.group);
      }
      keyboard.group.hidden = false;
      toggle.setAttribute('aria-expanded', 'true');
      return open.add(keyboard.close);
    });
    toggle.setAttribute('aria-expanded', 'false');
    toggle.setAttribute('aria-controls', `keyboard-${field.id}`);
    toggle.setAttribute('aria-label', `${words.name} (${field.labels[0].textContent.trim()})`);
    place.parentNode.append(toggle);
  });
})();
