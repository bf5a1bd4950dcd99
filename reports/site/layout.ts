/** What all pages of the site share: their head with the way to the others, and their foot. */
import { text } from '../html/markup.js';
import { renderPage } from '../html/shell.js';

export interface SitePage {
  readonly title: string;
  readonly lead: string;
  readonly main: readonly string[];
  /** `..` for a page in a folder. */
  readonly root: string;
  readonly current?: 'index' | 'matrix' | 'methodology';
}

const PAGES = [
  ['index', 'Overview'],
  ['matrix', 'Matrix'],
  ['methodology', 'Methodology'],
] as const;

const STYLE = `
.site { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; margin-bottom: 1.75rem; }
.site .brand { margin: 0; } .site a { text-decoration: none; } .site a[aria-current] { color: var(--ink); font-weight: 600; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem; padding: 0; list-style: none; }
.cards li { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.25rem; } .cards h3 { margin: 0 0 .25rem; } .cards p { margin: .4rem 0; }
.cards .bar { margin: .6rem 0; } .quiet { color: var(--quiet); font-size: .87rem; }
.verdicts td, .verdicts thead th { white-space: nowrap; } .verdicts tbody th { white-space: normal; font-weight: 400; } .verdicts tbody th .id { font-family: var(--mono); font-size: .86em; font-weight: 600; margin-right: .5rem; }
.prose { max-width: 46rem; } .prose table { font-size: .9rem; } .prose pre { background: var(--raised); padding: .75rem 1rem; border-radius: .35rem; overflow-x: auto; }
.prose code { overflow-wrap: anywhere; }
select { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--quiet); border-radius: .35rem; padding: .3rem .6rem; }
`;

/** The matrix works without it; with it, rows can be filtered. */
const SCRIPT = `'use strict';
const controls = document.getElementById('matrix-controls');
if (controls) {
  const rows = [...document.querySelectorAll('table.verdicts tbody tr')];
  const words = document.getElementById('words');
  const area = document.getElementById('area');
  const differing = document.getElementById('differing');
  const shown = document.getElementById('shown');
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const apply = () => {
    const wanted = words.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const fits = wanted.every((word) => texts.get(row).includes(word));
      row.hidden = !fits || (area.value !== '' && row.dataset.area !== area.value) || (differing.checked && row.dataset.differs !== 'true');
      if (!row.hidden) count += 1;
    }
    shown.textContent = count === rows.length ? 'All ' + count + ' cases' : count + ' of ' + rows.length + ' cases';
  };
  controls.hidden = false;
  for (const control of [words, area, differing]) control.addEventListener('input', apply);
  apply();
}
`;

export function renderSitePage({ title, lead, main, root, current }: SitePage): string {
  const links = PAGES.map(([name, label]) => {
    const here = name === current ? ' aria-current="page"' : '';
    return `<a href="${root}/${name}.html"${here}>${label}</a>`;
  });
  return renderPage({
    title: `${title} · meshgauge`,
    header: `<header>
<nav class="site" aria-label="Pages"><p class="brand">meshgauge <span>evidence on service meshes</span></p>${links.join('')}</nav>
<h1>${text(title)}</h1>
<p class="lead">${text(lead)}</p>
</header>`,
    main,
    footer:
      '<footer><p class="quiet">Made from the reports under reports/published; every number has the command that makes it again.</p></footer>',
    style: STYLE,
    script: SCRIPT,
  });
}
