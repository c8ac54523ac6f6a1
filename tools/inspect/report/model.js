// The data of the report: numbers are there at once, texts are inflated when they are first shown.
'use strict';
const DATA = JSON.parse(document.getElementById('data').textContent);
const TEXTS = JSON.parse(document.getElementById('texts').textContent);
const KINDS = ['map', 'row', 'matmul', 'argreduce', 'scan', 'scatter', 'chain'];
const $ = id => document.getElementById(id);

/** An element with attributes and children; `on...` attributes are listeners. */
function el(tag, attributes, ...children) {
  const svg = ['svg', 'g', 'line', 'path', 'circle', 'rect', 'text'].includes(tag);
  const e = svg ? document.createElementNS('http://www.w3.org/2000/svg', tag) : document.createElement(tag);
  for (const [k, v] of Object.entries(attributes || {}))
    if (k.startsWith('on')) e.addEventListener(k.slice(2), v);
    else if (v !== undefined && v !== null && v !== false) e.setAttribute(k, v);
  e.append(...children.filter(c => c !== null && c !== undefined));
  return e;
}

const inflated = new Map();
/** The lines of a text; null for none. */
function linesOf(id) {
  if (id === null || id === undefined) return Promise.resolve(null);
  if (!inflated.has(id)) {
    const bytes = Uint8Array.from(atob(TEXTS[id]), c => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
    inflated.set(id, new Response(stream).text().then(t => t.replace(/\n$/, '').split('\n')));
  }
  return inflated.get(id);
}

// --- Numbers as people read them
function scaled(v, base, units) {
  if (v === null || v === undefined || Number.isNaN(v)) return '–';
  let u = 0;
  while (u + 1 < units.length && Math.abs(v) >= base * 0.9995) { v /= base; ++u; }
  const digits = u === 0 && Number.isInteger(v) ? 0 : Math.abs(v) >= 99.95 ? 0 : Math.abs(v) >= 9.995 ? 1 : 2;
  return v.toFixed(digits) + (units[u] ? '\u202f' + units[u] : '');
}
const bytesText = v => scaled(v, 1000, ['B', 'kB', 'MB', 'GB', 'TB']);
const timeText = v => scaled(v, 1000, ['ns', 'µs', 'ms', 's']);
const countText = v => scaled(v, 1000, ['', 'k', 'M', 'G', 'T', 'P']);
const ratioText = v => v === null || v === undefined ? '–' : v.toFixed(2);
const sum = list => list.reduce((a, b) => a === null || b === null || b === undefined ? null : a + b, 0);

/** Joins what the file lists apart: dispatches to kernels, lines to dispatches, readers to producers. */
function prepare(p) {
  p.byName = new Map(p.kernels.map(k => [k.name, k]));
  p.byLine = new Map();
  for (const k of p.kernels) k.dispatches = [];
  p.dispatches.forEach((d, i) => {
    d.number = i;
    d.readers = [];
    d.kernelOf = p.byName.get(d.kernel);
    d.kernelOf.dispatches.push(d);
    d.bytes = sum([d.bytes_read, d.bytes_written]);
    for (const line of d.lines) {
      if (!p.byLine.has(line)) p.byLine.set(line, []);
      p.byLine.get(line).push(d);
    }
    for (const e of d.edges) p.dispatches[e.producer].readers.push({ ...e, reader: i });
  });
  for (const k of p.kernels) {
    for (const key of ['bytes', 'bytes_read', 'bytes_written', 'flops', 'floor_ns', 'best_ns', 'mean_ns']) k[key] = sum(k.dispatches.map(d => d[key]));
    k.intensity = k.bytes > 0 && k.flops !== null ? k.flops / k.bytes : null;
    k.ratio = k.best_ns && k.floor_ns ? k.best_ns / k.floor_ns : null;
    k.spills = k.entries.some(e => 'spills' in e) ? sum(k.entries.map(e => e.spills || 0)) : null;
    k.runs = k.dispatches.length;
  }
  p.best_ns = p.dispatches.some(d => d.best_ns !== null) ? sum(p.dispatches.map(d => d.best_ns)) : null;
  p.floor_ns = sum(p.dispatches.map(d => d.floor_ns));
}
DATA.programs.forEach(prepare);

// --- Addresses: #p<program>/<view>/<argument>
const esc = encodeURIComponent;
const to = {
  overview: p => `#p${p}`,
  kernel: (p, name) => `#p${p}/kernel/${esc(name)}`,
  dispatch: (p, n) => `#p${p}/dispatch/${n}`,
  line: (p, line) => `#p${p}/source/${esc(line)}`,
  source: p => `#p${p}/source`,
  fusion: p => `#p${p}/fusion`,
  phases: (p, line) => `#p${p}/phases` + (line ? '/' + esc(line) : ''),
};

/** What an address names; null when there is no such thing. */
function resolve(hash) {
  if (hash === '' || hash === '#') return { p: DATA.start, view: 'overview' };
  const [head, view, ...rest] = hash.replace(/^#/, '').split('/');
  const p = /^p\d+$/.test(head) ? Number(head.slice(1)) : -1;
  const program = DATA.programs[p];
  if (!program) return null;
  const argument = rest.length ? decodeURIComponent(rest.join('/')) : null;
  if (!view) return { p, view: 'overview' };
  if (view === 'kernel') return program.byName.has(argument) ? { p, view, kernel: program.byName.get(argument) } : null;
  if (view === 'dispatch') {
    const d = /^\d+$/.test(argument || '') ? program.dispatches[Number(argument)] : undefined;
    return d ? { p, view: 'kernel', kernel: d.kernelOf, dispatch: d } : null;
  }
  if (view === 'source' || view === 'phases') return argument === null || program.lines.includes(argument) ? { p, view, line: argument } : null;
  return view === 'fusion' && argument === null ? { p, view } : null;
}
