// Lists of any length draw only what is seen; plots are SVG.

/** A scrolling list of `count` rows of one height; row(i) makes an element. */
class List {
  constructor(className, height, count, row) {
    Object.assign(this, { height, count, row, shown: '' });
    this.rows = el('div', { class: 'rows' });
    this.space = el('div', {});
    this.e = el('div', { class: 'list ' + className, onscroll: () => this.draw(), tabindex: 0 }, this.space, this.rows);
    new ResizeObserver(() => this.draw()).observe(this.e);
  }
  reset(count) {
    this.count = count;
    this.redraw();
  }
  redraw() {
    this.shown = '';
    this.draw();
  }
  draw() {
    // A list that is not on the page yet cannot scroll.
    if (this.wanted !== undefined && this.e.clientHeight > 0) {
      const at = this.wanted;
      this.wanted = undefined;
      this.space.style.height = this.count * this.height + 'px';
      this.e.scrollTop = Math.max(0, (at + 0.5) * this.height - this.e.clientHeight / 3);
    }
    this.space.style.height = this.count * this.height + 'px';
    const first = Math.max(0, Math.floor(this.e.scrollTop / this.height) - 10);
    const last = Math.min(this.count, Math.ceil((this.e.scrollTop + this.e.clientHeight) / this.height) + 10);
    if (this.shown === first + '-' + last) return;
    this.shown = first + '-' + last;
    this.rows.style.top = first * this.height + 'px';
    const rows = [];
    for (let i = first; i < last; ++i) rows.push(this.row(i));
    this.rows.replaceChildren(...rows);
    this.space.style.width = this.rows.scrollWidth > this.e.clientWidth ? this.rows.scrollWidth + 'px' : 'auto';
  }
  /** Brings a row to the upper third. */
  show(i) {
    this.wanted = i;
    this.redraw();
  }
}

/** Columns: {name, value(row) for sorting, cell(row), n: is a number, width}. */
class Table {
  constructor(columns, rows, sortBy, descending = true) {
    Object.assign(this, { columns, rows: [...rows], by: sortBy, descending });
    this.head = el('div', { class: 'head' });
    this.list = new List('', 28, rows.length, i => this.draw(this.rows[i]));
    this.style = 'grid-template-columns:' + columns.map(c => c.width).join(' ');
    this.e = el('div', { class: 'table', style: 'display:flex;flex-direction:column;min-height:0;flex:1' }, this.head, this.list.e);
    this.sort(sortBy, descending);
  }
  draw(row) {
    return el('div', { class: 'tr', style: this.style }, ...this.columns.map(c => el('span', { class: c.n ? 'n' : 't' }, c.cell(row))));
  }
  sort(by, descending) {
    Object.assign(this, { by, descending });
    const value = this.columns[by].value, sign = descending ? -1 : 1;
    this.rows.sort((a, b) => {
      const x = value(a), y = value(b);
      return x === y ? 0 : x === null ? 1 : y === null ? -1 : x < y ? -sign : sign;
    });
    this.head.setAttribute('style', this.style);
    this.head.replaceChildren(...this.columns.map((c, i) => el('button', {
      class: (c.n ? 'n' : '') + (i === by ? ' on' : ''), onclick: () => this.sort(i, i === this.by ? !this.descending : !!c.n),
    }, c.name + (i === by ? (descending ? ' ↓' : ' ↑') : ''))));
    this.list.redraw();
  }
}

/** A text with numbered lines, and what is known of each: {classOf(i), onclick(i), heat(i)}. */
class Code {
  constructor(lines, { start = 1, isSource = false, classOf = () => '', onclick = null, linked = () => false, heat = null } = {}) {
    this.lines = lines;
    this.list = new List('code', 18, lines.length, i => el('div', {
      class: 'ln ' + classOf(i) + (linked(i) ? ' linked' : ''), ...(onclick && linked(i) ? { onclick: () => onclick(i) } : {}),
    }, el('u', {}, String(i + start)), heat ? el('span', { class: 'heat' }, heat(i)) : null, ...paint(this.lines[i], isSource)));
    this.e = this.list.e;
  }
  show(i) { this.list.show(i); }
}

/** Ops, values and comments of IR and assembly; of a user's source the comments. */
function paint(line, isSource) {
  const parts = [], token = isSource ? /(\/\/.*)/g : /(\/\/.*|#\s.*|;.*)|(%[\w#.]+)|((?<![#\w])(?:mx|mxp|scf|arith|math|vector|memref|gpu|spirv|llvm|func|cf)\.[\w.]+)/g;
  let at = 0;
  for (const m of line.matchAll(token)) {
    if (m.index > at) parts.push(line.slice(at, m.index));
    parts.push(el('span', { class: m[1] ? 's' : m[2] ? 'v' : 'o' }, m[0]));
    at = m.index + m[0].length;
  }
  if (at < line.length) parts.push(line.slice(at));
  return parts;
}

function tip(event, text) {
  const t = $('tip');
  t.hidden = text === null;
  if (text === null) return;
  t.textContent = text;
  const left = event.clientX + 14 + t.offsetWidth > innerWidth ? event.clientX - t.offsetWidth - 14 : event.clientX + 14;
  t.style.left = Math.max(4, left) + 'px';
  t.style.top = Math.min(event.clientY + 14, innerHeight - t.offsetHeight - 4) + 'px';
}
const tips = text => ({ onmousemove: e => tip(e, text()), onmouseleave: e => tip(e, null) });
const kindDot = kind => el('i', { class: 'kind', style: `background:var(--${KINDS.includes(kind) ? kind : 'chain'})` });
const kindKey = kinds => el('div', { class: 'key' }, ...KINDS.filter(k => kinds.has(k)).map(k => el('span', {}, kindDot(k), k)));

/** Rate against intensity of each kernel, under the roof of the machine. */
function roofline(p, pi, machine) {
  const W = 620, H = 330, L = 46, B = 34, T = 12, R = 16;
  const points = p.kernels.filter(k => k.flops > 0 && k.bytes > 0).map(k => ({ k, x: k.intensity, y: k.flops / (k.best_ns || k.floor_ns) })).filter(q => q.y > 0);
  const svg = el('svg', { viewBox: `0 0 ${W} ${H}`, role: 'img', 'aria-label': 'roofline' });
  if (!points.length) return el('p', { class: 'none' }, 'No kernel computes on a known number of elements.');
  const lg = Math.log10, ridge = machine.peak_gflop_s / machine.memory_gb_s;
  const x0 = Math.floor(lg(Math.min(ridge / 10, ...points.map(q => q.x)))), x1 = Math.ceil(lg(Math.max(ridge * 4, ...points.map(q => q.x))));
  const y0 = Math.floor(lg(Math.min(machine.peak_gflop_s / 1000, ...points.map(q => q.y)))), y1 = Math.ceil(lg(Math.max(machine.peak_gflop_s * 1.2, ...points.map(q => q.y))));
  const X = v => L + (lg(v) - x0) / (x1 - x0) * (W - L - R), Y = v => H - B - (lg(v) - y0) / (y1 - y0) * (H - B - T);
  for (let e = x0; e <= x1; ++e) svg.append(el('line', { class: 'grid', x1: X(10 ** e), x2: X(10 ** e), y1: T, y2: H - B }), el('text', { x: X(10 ** e), y: H - B + 14, 'text-anchor': 'middle' }, String(+(10 ** e).toPrecision(1))));
  for (let e = y0; e <= y1; ++e) svg.append(el('line', { class: 'grid', x1: L, x2: W - R, y1: Y(10 ** e), y2: Y(10 ** e) }), el('text', { x: L - 6, y: Y(10 ** e) + 4, 'text-anchor': 'end' }, String(+(10 ** e).toPrecision(1))));
  svg.append(el('text', { x: W - R, y: H - 4, 'text-anchor': 'end' }, 'operations per byte'), el('text', { x: L, y: T - 2 }, 'G operations/s'));
  const roof = rate => {
    const knee = machine.peak_gflop_s / rate, low = Math.max(10 ** x0, 10 ** y0 / rate);
    return `M${X(low)},${Y(low * rate)} L${X(knee)},${Y(machine.peak_gflop_s)} L${X(10 ** x1)},${Y(machine.peak_gflop_s)}`;
  };
  svg.append(el('path', { class: 'roof', d: roof(machine.memory_gb_s) }));
  if (machine.cache_gb_s > machine.memory_gb_s) svg.append(el('path', { class: 'roof', 'stroke-dasharray': '3 4', d: roof(machine.cache_gb_s) }));
  const total = p.best_ns || p.floor_ns || 1;
  points.sort((a, b) => (b.k.best_ns || 0) - (a.k.best_ns || 0));
  for (const { k, x, y } of points) {
    const radius = 3 + 26 * Math.sqrt((k.best_ns ?? k.floor_ns) / total);
    svg.append(el('circle', {
      class: 'dot', cx: X(x), cy: Y(y), r: radius, fill: `var(--${k.kind})`, onclick: () => { location.hash = to.kernel(pi, k.name); },
      ...tips(() => `${k.name}  ${k.kind}, ${k.runs} run${k.runs === 1 ? '' : 's'}\n${timeText(k.best_ns)} (floor ${timeText(k.floor_ns)}), ${bytesText(k.bytes)}, ${countText(k.flops)} operations\n${k.ops}`),
    }));
  }
  return svg;
}

/** Offsets of the arena against steps; each rectangle is a value from its first step to its last. */
function arena(p, pi) {
  const W = 620, H = 330, L = 60, B = 34, T = 12, R = 16;
  const slots = p.slots.filter(s => s.offset !== null && s.bytes > 0), bytes = Math.max(p.arena.bytes, ...slots.map(s => s.offset + s.bytes));
  if (!slots.length) return el('p', { class: 'none' }, p.slots.length ? 'Temporaries are placed at each call, for its sizes.' : 'The program needs no temporaries.');
  const svg = el('svg', { viewBox: `0 0 ${W} ${H}`, role: 'img', 'aria-label': 'arena' }), steps = p.steps.length;
  const X = s => L + s / steps * (W - L - R), Y = b => H - B - b / bytes * (H - B - T);
  for (let i = 0; i <= 4; ++i) svg.append(el('line', { class: 'grid', x1: L, x2: W - R, y1: Y(bytes * i / 4), y2: Y(bytes * i / 4) }), el('text', { x: L - 6, y: Y(bytes * i / 4) + 4, 'text-anchor': 'end' }, bytesText(Math.round(bytes * i / 4))));
  for (let i = 0; i <= 4; ++i) svg.append(el('text', { x: X(steps * i / 4), y: H - B + 14, 'text-anchor': 'middle' }, String(Math.round(steps * i / 4))));
  svg.append(el('text', { x: W - R, y: H - 4, 'text-anchor': 'end' }, 'step'));
  for (const s of slots) {
    const d = p.dispatches.find(d => d.first_step <= s.first_step && s.first_step < d.first_step + d.steps);
    svg.append(el('rect', {
      class: 'slot', x: X(s.first_step), width: Math.max(.6, X(s.last_step + 1) - X(s.first_step)), y: Y(s.offset + s.bytes), height: Math.max(.6, Y(s.offset) - Y(s.offset + s.bytes)),
      fill: s.scratch ? 'var(--roof)' : `var(--${d ? d.kernelOf.kind : 'chain'})`, onclick: () => { if (d) location.hash = to.dispatch(pi, d.number); },
      ...tips(() => `${bytesText(s.bytes)} at ${s.offset}${s.scratch ? ', scratch' : ''}\nsteps ${s.first_step} to ${s.last_step}${d ? `\nby #${d.number} ${d.kernel}: ${d.kernelOf.ops}` : ''}`),
    }));
  }
  svg.append(el('path', { class: 'bound', d: `M${L},${Y(p.arena.max_live)} H${W - R}` }), el('text', { x: W - R, y: Y(p.arena.max_live) - 4, 'text-anchor': 'end' }, 'most alive at a time'));
  return svg;
}
