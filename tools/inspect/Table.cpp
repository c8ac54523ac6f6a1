// Widths count code points: names may hold any text.
#include "tools/inspect/Table.h"

#include "llvm/Support/Process.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace mx::inspect {
namespace {

size_t widthOf(const std::string &text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

// The first `width` code points, the last of them an ellipsis where text is lost.
std::string cut(const std::string &text, size_t width) {
  if (widthOf(text) <= width)
    return text;
  size_t bytes = 0, points = 0;
  while (bytes < text.size() && (points += (text[bytes] & 0xc0) != 0x80) < width)
    ++bytes;
  return text.substr(0, bytes) + "…";
}

std::string scaled(double value, double base, const char *const *units, int count) {
  int unit = 0;
  while (unit + 1 < count && std::abs(value) >= base * 0.9995) {
    value /= base;
    ++unit;
  }
  char text[48];
  const int digits = unit == 0 && value == std::floor(value) ? 0 : std::abs(value) >= 99.95 ? 0 : std::abs(value) >= 9.995 ? 1 : 2;
  std::snprintf(text, sizeof text, "%.*f%s%s", digits, value, *units[unit] ? " " : "", units[unit]);
  return text;
}

} // namespace

void Table::print(llvm::raw_ostream &os) const {
  std::vector<size_t> widths;
  for (size_t c = 0; c < names.size(); ++c) {
    size_t width = widthOf(names[c]) - (names[c][0] == '>');
    for (const auto &row : rows)
      width = std::max(width, widthOf(row[c]));
    widths.push_back(width);
  }
  if (const unsigned columns = terminalColumns()) {
    size_t before = 2 * (widths.size() - 1);
    for (size_t c = 0; c + 1 < widths.size(); ++c)
      before += widths[c];
    widths.back() = std::min(widths.back(), before + 16 < columns ? columns - before : 16);
  }
  auto line = [&](const std::vector<std::string> &cells, bool isHead) {
    std::string text;
    for (size_t c = 0; c < cells.size(); ++c) {
      const bool right = names[c][0] == '>';
      const std::string cell = cut(isHead && right ? cells[c].substr(1) : cells[c], widths[c]);
      const std::string blanks(widths[c] - widthOf(cell), ' ');
      text += (c ? "  " : "") + (right ? blanks + cell : cell + blanks);
    }
    os << llvm::StringRef(text).rtrim() << "\n";
  };
  line(names, true);
  std::vector<std::string> rules;
  for (size_t width : widths)
    rules.push_back(std::string(width, '-'));
  line(rules, false);
  for (const auto &row : rows)
    line(row, false);
}

unsigned terminalColumns() {
  return llvm::sys::Process::StandardOutIsDisplayed() ? std::max(llvm::sys::Process::StandardOutColumns(), 60u) : 0;
}

std::string bytesText(double bytes) {
  static constexpr const char *units[] = {"B", "kB", "MB", "GB", "TB"};
  return scaled(bytes, 1000, units, 5);
}

std::string timeText(double ns) {
  static constexpr const char *units[] = {"ns", "us", "ms", "s"};
  return scaled(ns, 1000, units, 4);
}

std::string countText(double count) {
  static constexpr const char *units[] = {"", "k", "M", "G", "T", "P"};
  return scaled(count, 1000, units, 6);
}

std::string fixedText(double value, int digits) {
  char text[48];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string textOr(const json &value, std::string (*text)(double)) { return value.is_number() ? text(value.get<double>()) : "-"; }

} // namespace mx::inspect
