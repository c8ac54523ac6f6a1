// Each thread streams its own contiguous part, a multiple of 256 floats; the last one takes what is left over.
#include "benchmarks/StreamSides.h"
#include "benchmarks/Roofline.h"

using namespace mx::bench;

StreamSide::StreamSide(Kind kind, size_t count, int threads)
    : kind(kind), threads(threads), a(count), b(kind == Add ? count : 0), out(count) {}

size_t StreamSide::bytes() const { return (a.size() + b.size() + out.size()) * sizeof(float); }

Side StreamSide::side() {
  auto run = [this] {
    crew->run([this](int i) {
      size_t part = out.size() / threads / 256 * 256, first = part * i;
      if (i == threads - 1)
        part = out.size() - first;
      if (kind == Copy)
        streamCopy(out.data() + first, a.data() + first, part);
      else
        streamAdd(out.data() + first, a.data() + first, b.data() + first, part);
    });
  };
  return {kind == Copy ? "stream copy" : "stream add", run, [this] { crew = std::make_unique<Crew>(threads); },
          [this] { crew.reset(); }};
}
