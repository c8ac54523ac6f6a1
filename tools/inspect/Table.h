// Tables for the terminal, and numbers as people read them.
#pragma once

#include "tools/inspect/ProgramDump.h"

#include "llvm/Support/raw_ostream.h"

namespace mx::inspect {

/// Columns as wide as what they hold; a name that starts with `>` makes its column right-aligned. The last column may be
/// cut to the width of the terminal.
class Table {
public:
  explicit Table(std::vector<std::string> names) : names(std::move(names)) {}
  void add(std::vector<std::string> row) { rows.push_back(std::move(row)); }
  bool empty() const { return rows.empty(); }
  void print(llvm::raw_ostream &os) const;

private:
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> rows;
};

/// Columns of the terminal; 0 where output goes elsewhere.
unsigned terminalColumns();

/// `1.05 MB`, in powers of 1000.
std::string bytesText(double bytes);
/// `12.3 us`
std::string timeText(double ns);
/// `2.1 G`, for counts.
std::string countText(double count);
/// With so many digits after the point.
std::string fixedText(double value, int digits);

/// Of a report: the text of a number that may be null, by one of the functions above; `-` for null.
std::string textOr(const json &value, std::string (*text)(double));

/// Null for nothing.
template <typename T> json orNull(const std::optional<T> &value) { return value ? json(*value) : json(); }

} // namespace mx::inspect
