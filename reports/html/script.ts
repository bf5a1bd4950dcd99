/** The page works without it; with it, cases can be filtered and links open what they point to. Holds no data. */
export const SCRIPT = `'use strict';
const cases = [...document.querySelectorAll('details.case')];
const filter = document.getElementById('filter');
const buttons = [...document.querySelectorAll('button[data-show]')];
const status = document.getElementById('shown');
const texts = new Map(cases.map((one) => [one, one.textContent.toLowerCase()]));

function apply() {
  const pressed = buttons.filter((one) => one.getAttribute('aria-pressed') === 'true').map((one) => one.dataset.show);
  const words = filter.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  for (const one of cases) {
    const wanted = pressed.length === 0 || pressed.includes(one.dataset.verdict);
    one.hidden = !(wanted && words.every((word) => texts.get(one).includes(word)));
    if (!one.hidden) shown += 1;
  }
  for (const area of document.querySelectorAll('.area')) area.hidden = !area.querySelector('details.case:not([hidden])');
  status.textContent = shown === cases.length ? 'All ' + shown + ' cases' : shown + ' of ' + cases.length + ' cases';
}

function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target || !target.matches('details.case')) return;
  if (target.hidden) {
    filter.value = '';
    for (const one of buttons) one.setAttribute('aria-pressed', 'false');
    apply();
  }
  target.open = true;
  target.scrollIntoView();
  target.querySelector('summary').focus({ preventScroll: true });
}

if (filter) {
  document.getElementById('controls').hidden = false;
  filter.addEventListener('input', apply);
  for (const one of buttons) {
    one.addEventListener('click', () => {
      one.setAttribute('aria-pressed', String(one.getAttribute('aria-pressed') !== 'true'));
      apply();
    });
  }
  const fold = document.getElementById('fold');
  fold.addEventListener('click', () => {
    const open = fold.getAttribute('aria-expanded') !== 'true';
    for (const one of cases) if (!one.hidden) one.open = open;
    fold.setAttribute('aria-expanded', String(open));
    fold.textContent = open ? 'Close all' : 'Open all';
  });
  addEventListener('hashchange', openTarget);
  addEventListener('beforeprint', () => {
    for (const one of cases) if (one.dataset.verdict === 'fail') one.open = true;
  });
  apply();
  openTarget();
}
`;
