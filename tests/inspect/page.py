"""The report in a browser: every link leads to a page that shows something, search finds, nothing is complained about or
fetched, and a thousand kernels stay quick.

usage: page.py MX_INSPECT PROGRAM BUILD_FOLDER CHROMIUM
"""
import json
import shutil
import struct
import subprocess
import sys
import time
import unittest
import zlib

import browser
import dumped

INSPECT, _, BUILD, CHROMIUM = sys.argv[1:5]

# Visits an address; answers with what the page shows and links to.
VISIT = """
(async hash => {
  location.hash = hash;
  for (let i = 0; i < 500 && document.querySelector('main').dataset.shown !== (location.hash || '#'); ++i) await new Promise(r => setTimeout(r, 10));
  await new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)));
  const main = document.querySelector('main');
  return {shown: main.dataset.shown, text: main.innerText, elements: document.querySelectorAll('*').length,
          rows: main.querySelectorAll('.ln').length, links: [...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))};
})(%s)
"""


def pixels(png):
    """The bytes of a PNG's rows."""
    data, at = b"", 8
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        if kind == b"IDAT":
            data += png[at + 8:at + 8 + size]
        at += 12 + size
    return zlib.decompress(data)


class Page(dumped.DumpedProgram):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = browser.Browser(CHROMIUM)
        cls.addClassCleanup(cls.browser.close)

    def open(self, dump):
        page = self.folder / "report.html"
        subprocess.run([INSPECT, "html", dump, "-o", page, f"--sources={BUILD}", *dumped.RATES], check=True, timeout=300)
        self.browser.events.clear()
        self.browser.open(page.as_uri())
        return page

    def visit(self, address):
        return self.browser.evaluate(VISIT % json.dumps(address))

    def test_every_link_leads_somewhere(self):
        self.open(self.dump)
        known, waiting = {"#"}, ["#"]
        while waiting:
            address = waiting.pop()
            page = self.visit(address)
            self.assertEqual(page["shown"], address)
            self.assertGreater(len(page["text"]), 20, address)
            self.assertNotIn("There is no such page", page["text"])
            for link in page["links"]:
                self.assertTrue(self.browser.evaluate(f"resolve({json.dumps(link)}) !== null"), f"{address} has a link to {link}")
                if link not in known:
                    known.add(link)
                    waiting.append(link)
        kinds = {link.split("/")[1] for link in known if "/" in link}
        self.assertEqual(kinds, {"kernel", "dispatch", "fusion", "source", "phases"})
        self.assertEqual(self.browser.complaints(), [])
        self.assertIn("There is no such page", self.browser.evaluate("(location.hash = '#p77', new Promise(r => setTimeout(() => r(document.querySelector('main').innerText), 200)))"))

    def test_lines_ops_kernels_and_code_are_joined(self):
        self.open(self.compiled)
        page = self.visit("#p0/source")
        self.assertIn("matmul", page["text"])
        line = next(link for link in page["links"] if "program.cpp" in link)
        at_line = self.visit("#p0/source/" + line.split("/", 2)[2])
        self.assertIn("softmax", at_line["text"])
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('.ln.hit').length"), 1)
        kernel = self.visit(next(link for link in at_line["links"] if "/dispatch/" in link))
        self.assertIn("mxp.kernel", kernel["text"])
        self.assertIn("@function", kernel["text"])
        self.assertTrue(any("program.cpp" in link for link in kernel["links"]))
        self.assertIn("phase traced", self.visit("#p0/phases")["text"])

    def test_search(self):
        self.open(self.compiled)
        search = """(text => { const s = document.getElementById('search'); s.value = text; s.dispatchEvent(new Event('input'));
                    return [...document.querySelectorAll('#hits a')].map(a => [a.getAttribute('href'), a.innerText]); })(%s)"""
        found = self.browser.evaluate(search % '"tanh"')
        self.assertEqual(len(found), 1)
        self.assertIn("tanh", found[0][1])
        self.assertIn("/kernel/", found[0][0])
        self.assertTrue(any("program.cpp" in text for _, text in self.browser.evaluate(search % '"program.cpp"')))
        self.assertEqual(self.browser.evaluate(search % '"no such thing"'), [])
        self.assertEqual(self.browser.complaints(), [])

    def test_plots_are_drawn(self):
        self.open(self.compiled)
        kernels = json.loads((self.compiled / "program.json").read_text())["kernels"]
        self.visit("#")
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('circle.dot').length"), len(kernels))
        self.assertGreater(self.browser.evaluate("document.querySelectorAll('rect.slot').length"), 0)
        self.assertGreater(len(set(pixels(self.browser.screenshot())[::7])), 100)

    def test_a_thousand_kernels(self):
        # The numbers of a program that is there, many times over.
        folder = self.folder / "large" / "0000-large"
        shutil.copytree(self.compiled, folder)
        (folder / "times.json").unlink()
        description = json.loads((folder / "program.json").read_text())
        kernel, dispatch, step = next(iter(description["kernels"].values())), description["dispatches"][0], description["steps"][0]
        count = 1000
        description["kernels"] = {f"k{i}": kernel for i in range(count)}
        description["steps"] = [step] * count
        description["dispatches"] = [{**dispatch, "kernel": f"k{i}", "first_step": i, "steps": 1, "flops": 1000 + i,
                                      "edges": [{"operand": 0, "producer": i - 1, "bytes": 64, "reason": "a test"}] if i else []} for i in range(count)]
        (folder / "program.json").write_text(json.dumps(description))
        start = time.monotonic()
        self.open(folder.parent)
        self.visit("#p0/fusion")
        page = self.visit("#p0/kernel/k999")
        self.assertLess(time.monotonic() - start, 10)
        self.assertIn("k999", page["text"])
        # Of lists only what is seen.
        self.assertLess(self.visit("#p0/fusion")["elements"], 2500)
        self.assertLess(self.visit("#p0/phases")["rows"], 400)
        self.visit("#")
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('circle.dot').length"), count)
        self.assertEqual(self.browser.complaints(), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
