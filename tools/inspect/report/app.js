// Addresses, search, and the frame around the pages.

/** Up to `limit` places that match all words: kernels by name, kind and ops, lines, and ops of the phases by their kernels. */
function find(text, limit = 60) {
  const words = text.toLowerCase().split(/\s+/).filter(w => w), found = [];
  if (!words.length) return found;
  const current = (resolve(location.hash) || { p: 0 }).p, matches = s => words.every(w => s.includes(w));
  const order = DATA.programs.map((_, i) => i).sort((a, b) => (b === current) - (a === current) || a - b);
  for (const pi of order) {
    const p = program(pi), where = DATA.programs.length > 1 ? p.folder + '  ' : '';
    const add = (href, name, about) => { if (found.length < limit) found.push({ href, name, about: where + about }); };
    for (const k of p.kernels) if (matches(`${k.name} ${k.kind} ${k.ops}`.toLowerCase())) add(to.kernel(pi, k.name), k.name, `${k.kind}: ${k.ops}`);
    for (const line of p.byLine.keys()) if (matches(line.toLowerCase())) add(to.line(pi, line), shortLine(line), `${p.byLine.get(line).length} dispatches`);
    if (/^#\d+$/.test(words[0]) && p.dispatches[Number(words[0].slice(1))]) add(to.dispatch(pi, Number(words[0].slice(1))), words[0], p.dispatches[Number(words[0].slice(1))].kernel);
  }
  return found;
}

function showHits() {
  const text = $('search').value, hits = $('hits'), found = find(text);
  hits.hidden = !text.trim();
  hits.replaceChildren(...(found.length ? found.map((f, i) => el('a', { href: f.href, class: i === 0 ? 'on' : '', onclick: closeHits }, el('b', {}, f.name), el('span', {}, f.about))) : [el('p', {}, 'Nothing matches.')]));
}
function closeHits() { $('hits').hidden = true; }

let drawing = 0;
async function show() {
  const at = resolve(location.hash), turn = ++drawing, main = $('main');
  tip(null, null);
  if (!at) {
    main.className = '';
    return void main.replaceChildren(el('h1', {}, 'There is no such page'), el('a', { href: '#' }, 'To the start'));
  }
  const p = program(at.p);
  document.title = `${p.folder}: mx report`;
  $('programs').value = String(at.p);
  const tabs = [['overview', 'Overview', to.overview(at.p)], ['fusion', 'Fusion', to.fusion(at.p)], ['source', 'Source', to.source(at.p)], ['phases', 'Phases', to.phases(at.p)]];
  $('tabs').replaceChildren(...tabs.map(([view, name, href]) => el('a', { href, class: view === at.view ? 'on' : '' }, name)));
  const content = at.view === 'overview' ? overview(p, at.p) : at.view === 'kernel' ? await kernelView(p, at.p, at.kernel, at.dispatch)
    : at.view === 'fusion' ? fusionView(p, at.p) : at.view === 'source' ? await sourceView(p, at.p, at.line) : await phasesView(p, at.p, at.line);
  if (turn !== drawing) return;
  main.className = at.view === 'overview' ? '' : 'fixed';
  main.scrollTop = 0;
  main.replaceChildren(...content.filter(c => c));
  main.dataset.shown = location.hash || '#';
}

$('programs').append(...DATA.programs.map((p, i) => el('option', { value: i }, p.folder)));
$('programs').hidden = DATA.programs.length < 2;
$('programs').addEventListener('change', e => { location.hash = to.overview(Number(e.target.value)); });
$('search').addEventListener('input', showHits);
$('search').addEventListener('focus', showHits);
$('search').addEventListener('keydown', e => {
  if (e.key === 'Enter' && find(e.target.value).length) { location.hash = find(e.target.value)[0].href; e.target.blur(); closeHits(); }
  if (e.key === 'Escape') { e.target.blur(); closeHits(); }
});
addEventListener('keydown', e => { if (e.key === '/' && document.activeElement !== $('search')) { e.preventDefault(); $('search').focus(); } });
addEventListener('click', e => { if (!$('find').contains(e.target)) closeHits(); });
addEventListener('hashchange', show);
show();
