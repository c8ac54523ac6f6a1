// The pages: overview, one kernel, fusion, source and phases. Each makes the content of <main>.

const program = pi => DATA.programs[pi];
const kernelLink = (pi, name) => el('a', { href: to.kernel(pi, name) }, name);
const dispatchLink = (pi, d) => el('a', { href: to.dispatch(pi, d.number) }, `#${d.number} ${d.kernel}`);
const shortLine = line => line.replace(/^.*\/([^/]+\/[^/]+)$/, '…/$1');
const lineLink = (pi, line) => el('a', { href: to.line(pi, line), title: line }, shortLine(line));
const tile = (value, what) => el('div', { class: 'tile' }, el('b', {}, value), el('span', {}, what));
const fact = (value, what) => el('span', {}, el('b', {}, value), ' ' + what);
const shareBar = share => el('span', { class: 'bar' }, el('i', { style: `width:${Math.min(100, 100 * share)}%` }));

function kernelTable(p, pi) {
  const whole = p.best_ns || p.floor_ns || 1, part = k => (p.best_ns ? k.best_ns : k.floor_ns) || 0, most = Math.max(1e-9, ...p.kernels.map(part));
  const number = (name, key, text, width = '78px') => ({ name, n: true, width, value: k => k[key], cell: k => text(k[key]) });
  return new Table([
    { name: 'kernel', width: '90px', value: k => Number(k.name.replace(/\D/g, '')), cell: k => kernelLink(pi, k.name) },
    { name: 'kind', width: '90px', value: k => k.kind, cell: k => el('span', {}, kindDot(k.kind), k.kind) },
    number('runs', 'runs', String, '50px'),
    { name: p.best_ns ? 'share' : 'share of floor', n: true, width: '130px', value: part, cell: k => el('span', {}, (100 * part(k) / whole).toFixed(1) + '%', shareBar(part(k) / most)) },
    number('time', 'best_ns', timeText), number('floor', 'floor_ns', timeText), number('× floor', 'ratio', ratioText, '60px'),
    number('bytes', 'bytes', bytesText), number('operations', 'flops', countText), number('per byte', 'intensity', ratioText, '66px'), number('spills', 'spills', v => v === null ? '–' : String(v), '50px'),
    { name: 'ops', width: 'minmax(200px,1fr)', value: k => k.ops, cell: k => el('span', { title: k.ops }, k.ops) },
  ], p.kernels, 3);
}

function overview(p, pi) {
  const kinds = new Set(p.kernels.map(k => k.kind)), table = kernelTable(p, pi), m = DATA.machine;
  const box = el('div', { class: 'card', style: 'display:flex;flex-direction:column;height:min(560px,70vh)' }, el('h2', {}, 'Kernels'), table.e);
  return [
    el('h1', {}, p.folder),
    el('p', { class: 'sub' }, `${p.target.split('/').slice(0, 2).join('/').slice(0, 60)}${p.sizes.length ? ', sizes ' + p.sizes.map((s, i) => `s${i} = ${s}`).slice(0, 12).join(', ') : ''}${p.calls ? `, the best of ${p.calls} calls` : ', not measured'}`),
    el('div', { class: 'tiles' },
      tile(timeText(p.best_ns), 'in kernels'), tile(timeText(p.floor_ns), 'floor'), tile(`${p.dispatches.length} / ${p.kernels.length}`, 'dispatches / kernels'),
      tile(String(sum(p.kernels.map(k => k.runs * k.num_ops))), 'ops'), tile(bytesText(sum(p.dispatches.map(d => d.bytes))), 'moved at least'), tile(countText(sum(p.dispatches.map(d => d.flops))), 'operations'),
      tile(p.static ? bytesText(p.arena.bytes) : 'per call', p.static ? `arena, ${bytesText(p.arena.max_live)} alive at most` : 'arena, its sizes vary')),
    el('div', { class: 'plots' },
      el('div', { class: 'card' }, el('h2', {}, `Roofline: ${m.memory_gb_s.toFixed(0)} GB/s from memory, ${m.cache_gb_s.toFixed(0)} from caches (dashed), ${m.peak_gflop_s.toFixed(0)} G operations/s`), roofline(p, pi, m), kindKey(kinds)),
      el('div', { class: 'card' }, el('h2', {}, 'Arena: where temporaries live, by step'), arena(p, pi), kindKey(kinds))),
    box,
  ];
}

// --- One kernel: edges, then source, IR and code side by side
function edgesCard(p, pi, d) {
  const row = (e, other) => el('div', { class: 'edge' }, dispatchLink(pi, p.dispatches[other]), el('span', { class: 'n' }, bytesText(e.bytes)), el('span', {}, e.reason));
  return el('div', { class: 'split' },
    el('div', { class: 'card' }, el('h2', {}, `Reads from memory what other kernels made (${d.edges.length})`), ...(d.edges.length ? d.edges.map(e => row(e, e.producer)) : [el('span', { class: 'sub' }, 'Nothing: only inputs and constants.')])),
    el('div', { class: 'card' }, el('h2', {}, `Its results are read by (${d.readers.length})`), ...(d.readers.length ? d.readers.map(e => row(e, e.reader)) : [el('span', { class: 'sub' }, 'No other kernel: they leave the program.')])));
}

function pane(title, control, e) { return el('section', { class: 'pane' }, el('h2', {}, title, control), e); }

function chooser(options, chosen, change) {
  return el('select', { 'aria-label': 'shown', onchange: e => change(e.target.value) }, ...options.map(([v, name]) => el('option', { value: v, selected: v === chosen }, name)));
}

async function fill(pane, lines, options, at) {
  pane.lastChild.remove();
  if (!lines) return void pane.append(el('p', { class: 'none' }, 'There is none.'));
  const code = new Code(lines, options);
  pane.append(code.e);
  if (at !== undefined && at >= 0) code.show(at);
  return code;
}

// Lines of phase `program` that make up a kernel: [first, end).
function kernelRange(lines, name) {
  const first = lines.findIndex(l => l.startsWith(`  mxp.kernel @${name} `));
  if (first < 0) return [0, 0];
  let end = first + 1;
  while (end < lines.length && !/^  }/.test(lines[end])) ++end;
  return [first, end + 1];
}

async function kernelView(p, pi, k, d) {
  const shown = d || k.dispatches[0], code = k.texts, names = { s: 'assembly', spvasm: 'SPIR-V', ll: 'LLVM IR', tiled: 'phase tiled', target: 'phase target', h: 'C header' };
  for (const n of Object.keys(code)) names[n] ??= `SPIR-V ${parseInt(n) + 1}`;
  const kinds = Object.keys(names).filter(n => n in code);
  const left = pane('Source', null, el('div')), middle = pane('Kernel, phase program', null, el('div')), right = pane('Code', null, el('div'));
  right.querySelector('h2').append(chooser(kinds.map(n => [n, names[n]]), kinds[0], async n => showCode(n)));
  // Assembly begins with constants; what is of interest is the code.
  const showCode = async n => {
    const text = await linesOf(code[n]);
    return fill(right, text, {}, n === 's' && text ? text.findIndex(l => /^[A-Za-z_].*:/.test(l)) : undefined);
  };
  const lines = shown.lines;
  const panes = el('div', { class: 'panes', style: 'grid-template-columns:1fr 1.2fr 1.2fr' }, left, middle, right);
  const others = k.dispatches.length > 1 ? el('p', { class: 'sub' }, 'Runs as ', ...k.dispatches.slice(0, 24).flatMap(x => [x === d ? el('b', {}, `#${x.number}`) : el('a', { href: to.dispatch(pi, x.number) }, `#${x.number}`), ' ']), k.dispatches.length > 24 ? `and ${k.dispatches.length - 24} more` : '') : null;
  const registers = k.entries.filter(e => 'vector_registers' in e).map(e => `${e.name}: ${e.vector_registers} vector and ${e.general_registers} general registers, ${e.spills} spills, ${e.instructions} instructions`).join('\n');
  const content = [
    el('h1', {}, kindDot(k.kind), d ? `#${d.number} ${k.name}` : k.name),
    el('p', { class: 'sub' }, `${k.kind}: ${k.ops}`),
    el('div', { class: 'facts', title: registers }, fact(timeText(k.best_ns), `of ${timeText(p.best_ns)}`), fact(timeText(k.floor_ns), 'floor'), fact(ratioText(k.ratio), '× floor'), fact(bytesText(k.bytes_read), 'read'), fact(bytesText(k.bytes_written), 'written'),
      fact(countText(k.flops), 'operations'), fact(ratioText(k.intensity), 'per byte'), fact(k.spills === null ? '–' : String(k.spills), 'spills'), fact(String(k.runs), k.runs === 1 ? 'run' : 'runs'),
      ...k.entries.filter(e => 'workgroup_size' in e).map(e => fact(String(e.workgroup_size), `invocations and ${bytesText(e.shared_bytes)} shared in a workgroup of ${e.name}`))),
    others, edgesCard(p, pi, shown), panes,
  ];
  const ir = await linesOf(p.phases[3].text), [first, end] = kernelRange(ir, k.name), about = p.phases[3].loc;
  const sourceLines = new Set(lines);
  const showSource = line => sourcePane(p, pi, left, line);
  await fill(middle, ir.slice(first, end), {
    start: first + 1, linked: i => about[first + i] >= 0, onclick: i => showSource(p.lines[about[first + i]]),
  });
  await showCode(kinds[0]);
  if (lines.length) await sourcePane(p, pi, left, lines[0], sourceLines);
  else fill(left, null);
  return content;
}

const split = line => { const m = /^(.*):(\d+)$/.exec(line); return m && m[1] in DATA.sources ? { file: m[1], number: Number(m[2]) } : null; };

// The file around a line, the lines with kernels marked; a list of places where there is no file.
async function sourcePane(p, pi, where, line, marked = new Set([line])) {
  const at = split(line);
  where.querySelector('h2').replaceChildren(lineLink(pi, line));
  if (!at) {
    where.lastChild.remove();
    return void where.append(el('div', { class: 'list', style: 'padding:8px 12px' }, ...[...marked].map(l => el('div', {}, lineLink(pi, l)))));
  }
  const lines = await linesOf(DATA.sources[at.file]);
  const key = i => `${at.file}:${i + 1}`;
  return fill(where, lines, { isSource: true, classOf: i => marked.has(key(i)) || key(i) === line ? 'hit' : '', linked: i => p.byLine.has(key(i)), onclick: i => { location.hash = to.line(pi, key(i)); } }, at.number - 1);
}

// --- Fusion: dispatches in order, and the reasons that keep values in memory
function fusionView(p, pi) {
  const causes = new Map();
  for (const d of p.dispatches) for (const e of d.edges) {
    const c = causes.get(e.reason) || { reason: e.reason, edges: 0, bytes: 0 };
    c.edges += 1;
    c.bytes += e.bytes || 0;
    causes.set(e.reason, c);
  }
  const reasons = [...causes.values()].sort((a, b) => b.bytes - a.bytes), most = Math.max(1, ...reasons.map(r => r.bytes));
  const rows = p.dispatches.flatMap(d => [{ d }, ...d.edges.map(e => ({ d, e }))]);
  const list = new List('table', 28, rows.length, i => {
    const { d, e } = rows[i];
    const cells = e ? ['', '', el('span', { class: 'n' }, bytesText(e.bytes)), el('span', { class: 't' }, '← ', dispatchLink(pi, p.dispatches[e.producer]), '  ' + e.reason)]
      : [dispatchLink(pi, d), el('span', {}, kindDot(d.kernelOf.kind), d.kernelOf.kind), el('span', { class: 'n' }, timeText(d.best_ns)), el('span', {}, d.kernelOf.ops, '  ', d.lines.length ? lineLink(pi, d.lines[0]) : null)];
    return el('div', { class: 'tr', style: 'grid-template-columns:110px 90px 80px 1fr' }, ...cells.map(c => c || el('span')));
  });
  return [
    el('h1', {}, 'Fusion'),
    el('p', { class: 'sub' }, `${p.dispatches.length} dispatches; ${sum(reasons.map(r => r.edges))} values pass from kernel to kernel in memory.`),
    reasons.length ? el('div', { class: 'card', style: 'margin-bottom:16px;max-height:34vh;overflow:auto' }, el('h2', {}, 'Why they are not fused'),
      ...reasons.map(r => el('div', { class: 'edge', style: 'grid-template-columns:80px 150px 1fr' }, el('span', { class: 'n' }, `${r.edges} edges`), el('span', { class: 'n' }, bytesText(r.bytes), shareBar(r.bytes / most)), el('span', {}, r.reason)))) : null,
    el('section', { class: 'pane', style: 'flex:1' }, el('h2', {}, 'Dispatches in order, and what each reads from memory'), list.e),
  ];
}

// --- Source: every line with the time of the kernels it is in
async function sourceView(p, pi, line) {
  const files = new Map();
  for (const l of p.byLine.keys()) {
    const at = split(l), file = at ? at.file : 'places without a line';
    if (!files.has(file)) files.set(file, []);
    files.get(file).push(l);
  }
  const time = l => { const ds = p.byLine.get(l) || []; return ds.some(d => d.best_ns !== null) ? ds.reduce((a, d) => a + (d.best_ns || 0), 0) : null; };
  const chosen = line || [...p.byLine.keys()].sort((a, b) => (time(b) || 0) - (time(a) || 0))[0];
  if (!chosen) return [el('p', { class: 'none' }, 'No kernel knows its line.')];
  const at = split(chosen), left = el('section', { class: 'pane' }, el('h2', {}, at ? at.file : 'Places'), el('div')), right = el('section', { class: 'pane' }, el('h2', {}), el('div', { class: 'list', style: 'padding:8px 12px' }));
  left.querySelector('h2').append(chooser([...files].map(([f]) => [f, shortLine(f)]), at ? at.file : 'places without a line', f => { location.hash = to.line(pi, files.get(f)[0]); }));
  const ds = p.byLine.get(chosen) || [];
  right.querySelector('h2').append(el('span', { title: chosen }, `${shortLine(chosen)} is in ${ds.length} dispatch${ds.length === 1 ? '' : 'es'}`), el('a', { href: to.phases(pi, chosen) }, 'phases'));
  right.lastChild.append(...ds.slice(0, 500).map(d => el('div', { class: 'edge', style: 'grid-template-columns:110px 80px 1fr' }, dispatchLink(pi, d), el('span', { class: 'n' }, timeText(d.best_ns)), el('span', { class: 't' }, kindDot(d.kernelOf.kind), d.kernelOf.ops))));
  if (at) {
    const key = i => `${at.file}:${i + 1}`;
    await fill(left, await linesOf(DATA.sources[at.file]), {
      isSource: true,
      classOf: i => key(i) === chosen ? 'hit' : '', linked: i => p.byLine.has(key(i)), onclick: i => { location.hash = to.line(pi, key(i)); }, heat: i => p.byLine.has(key(i)) ? timeText(time(key(i))) : '',
    }, at.number - 1);
  } else {
    const places = files.get('places without a line');
    left.lastChild.remove();
    left.append(new List('table', 28, places.length, i => el('div', { class: 'tr', style: 'grid-template-columns:80px 1fr' }, el('span', { class: 'n' }, timeText(time(places[i]))), el('a', { href: to.line(pi, places[i]) }, places[i]))).e);
  }
  return [el('h1', {}, 'Source'), el('p', { class: 'sub' }, 'The time beside a line is that of all kernels it takes part in.'), el('div', { class: 'panes', style: 'grid-template-columns:1.4fr 1fr' }, left, right)];
}

// --- Phases side by side: an op that has no partner of its name and line in the other phase is gone, or new
async function phasesView(p, pi, line) {
  const chosen = line ? p.lines.indexOf(line) : -1;
  const panes = [0, 1].map(() => pane('', null, el('div'))), shown = [0, 1], codes = [null, null];
  const opName = text => (/(?:^|= )\s*([a-z_]+\.[\w.]+)/.exec(text) || [])[1];
  let mark = chosen;
  const draw = async () => {
    const texts = await Promise.all(shown.map(s => linesOf(p.phases[s].text)));
    const keys = texts.map((t, side) => t.map((text, i) => { const name = opName(text), loc = p.phases[shown[side]].loc[i]; return name && loc >= 0 ? `${name} ${loc}` : null; }));
    const sets = keys.map(k => new Set(k));
    for (const side of [0, 1]) {
      const loc = p.phases[shown[side]].loc, other = 1 - side;
      codes[side] = await fill(panes[side], texts[side], {
        classOf: i => loc[i] >= 0 && loc[i] === mark ? 'hit' : keys[side][i] && !sets[other].has(keys[side][i]) ? (side ? 'new' : 'gone') : '',
        linked: i => loc[i] >= 0,
        onclick: i => { mark = loc[i]; codes.forEach(c => c.list.redraw()); codes[other].show(Math.max(0, p.phases[shown[other]].loc.indexOf(mark))); about(); },
      }, mark >= 0 ? p.phases[shown[side]].loc.indexOf(mark) : undefined);
    }
  };
  const note = el('p', { class: 'sub' });
  const about = () => note.replaceChildren('Red ops are gone in the other phase, green ones are new. ', ...(mark >= 0 ? ['Marked: ', lineLink(pi, p.lines[mark])] : ['Click an op to find it on the other side.']));
  panes.forEach((e, side) => e.querySelector('h2').append(chooser(p.phases.map((f, i) => [String(i), 'phase ' + f.name]), String(side), v => { shown[side] = Number(v); draw(); })));
  about();
  await draw();
  return [el('h1', {}, 'Phases'), note, el('div', { class: 'panes', style: 'grid-template-columns:1fr 1fr' }, ...panes)];
}
