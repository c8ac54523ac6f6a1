// Arrays in files: NumPy's npy and Hugging Face's safetensors. Loading is eager: what load returns has its
// data. Files are untrusted input: everything a header says is checked before anything is allocated.
#pragma once

#include "mx/array.h"

#include <cstdint>
#include <ios>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

MX_PUBLIC_BEGIN
namespace mx {

namespace io {

/// A seekable source of bytes. A subclass of the user's may read from anywhere; failures are exceptions.
class Reader {
public:
  virtual ~Reader();
  /// True when the source could be opened.
  virtual bool is_open() const = 0;
  /// True while reading can succeed.
  virtual bool good() const = 0;
  /// The position of the next read(data, n), in bytes from the start.
  virtual size_t tell() = 0;
  /// Moves the position by `off` bytes relative to `way`.
  virtual void seek(int64_t off, std::ios_base::seekdir way = std::ios_base::beg) = 0;
  /// Reads exactly `n` bytes and advances; throws when there are fewer.
  virtual void read(char *data, size_t n) = 0;
  /// Reads exactly `n` bytes from `offset` and leaves the position alone; throws when there are fewer.
  virtual void read(char *data, size_t n, size_t offset) = 0;
  /// What error messages call the source, as in `file weights.npy`.
  virtual std::string label() const = 0;
};

/// A seekable sink of bytes. A subclass of the user's may write to anywhere; failures are exceptions.
class Writer {
public:
  virtual ~Writer();
  /// True when the sink could be opened.
  virtual bool is_open() const = 0;
  /// True while writing can succeed.
  virtual bool good() const = 0;
  /// The position of the next write, in bytes from the start.
  virtual size_t tell() = 0;
  /// Moves the position by `off` bytes relative to `way`.
  virtual void seek(int64_t off, std::ios_base::seekdir way = std::ios_base::beg) = 0;
  /// Writes all `n` bytes and advances; throws when it cannot.
  virtual void write(const char *data, size_t n) = 0;
  /// What error messages call the sink, as in `file weights.npy`.
  virtual std::string label() const = 0;
  /// Called once by save and save_safetensors after the last byte: the place to make the bytes durable.
  virtual void finish() {}
};

/// Reads a file. The positioned read may be called by several threads at once.
class ParallelFileReader : public Reader {
public:
  /// Opens `path`; is_open() says whether that succeeded.
  explicit ParallelFileReader(std::string path);
  ~ParallelFileReader() override;
  ParallelFileReader(const ParallelFileReader &) = delete;
  ParallelFileReader &operator=(const ParallelFileReader &) = delete;

  bool is_open() const override;
  bool good() const override;
  size_t tell() override;
  void seek(int64_t off, std::ios_base::seekdir way = std::ios_base::beg) override;
  void read(char *data, size_t n) override;
  void read(char *data, size_t n, size_t offset) override;
  std::string label() const override;

private:
  int fd = -1;
  int openError = 0;
  std::string path;
};

/// Writes a file so that `path` holds either what it held before or all that was written: bytes go to a
/// temporary file in the same directory, which finish() syncs to the disk and renames. A path that is no
/// regular file (a pipe, a device) is written directly.
class FileWriter : public Writer {
public:
  /// Opens `path` for writing; is_open() says whether that succeeded.
  explicit FileWriter(std::string path);
  /// Without finish() nothing was written: the temporary file is removed.
  ~FileWriter() override;
  FileWriter(const FileWriter &) = delete;
  FileWriter &operator=(const FileWriter &) = delete;

  bool is_open() const override;
  bool good() const override;
  size_t tell() override;
  void seek(int64_t off, std::ios_base::seekdir way = std::ios_base::beg) override;
  void write(const char *data, size_t n) override;
  std::string label() const override;
  /// Syncs and renames. Throws FileError; the old file is then untouched.
  void finish() override;

private:
  [[noreturn]] void fail(const char *what, int error);
  int fd = -1;
  int openError = 0;
  bool failed = false;
  std::string path;
  /// The file behind `path` once links are followed: what finish() replaces.
  std::string target;
  /// Empty once renamed, and for what is written directly.
  std::string temporary;
};

} // namespace io

/// Arrays by name, and the file's metadata.
using SafetensorsLoad =
    std::pair<std::unordered_map<std::string, array>, std::unordered_map<std::string, std::string>>;

/// Evaluates `a` and writes it in npy format (version 1.0, or 2.0 for a header past 64 KiB); a column-major
/// array is written in Fortran order without a copy. bfloat16 is written as `<V2`. Throws FileError when
/// writing fails. Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
void save(std::shared_ptr<io::Writer> out_stream, array a);
/// The same to a file; `.npy` is appended when missing. The file appears whole or not at all.
void save(std::string file, array a);

/// Reads one npy array (versions 1.0, 2.0, 3.0; any byte order; C or Fortran order) from the stream's
/// position on. Throws FileError, naming the file and the offset, for what is missing, damaged or of a dtype
/// mx does not have.
array load(std::shared_ptr<io::Reader> in_stream, StreamOrDevice s = {});
/// The same from a file, which holds nothing else.
array load(std::string file, StreamOrDevice s = {});

/// Reads all tensors of a safetensors file. Throws FileError, naming file, tensor and offset, unless the
/// header is well formed and the tensors fill the data exactly, without overlaps or holes. Source:
/// https://github.com/huggingface/safetensors#format
SafetensorsLoad load_safetensors(std::shared_ptr<io::Reader> in_stream, StreamOrDevice s = {});
/// The same from a file.
SafetensorsLoad load_safetensors(const std::string &file, StreamOrDevice s = {});

/// Evaluates the arrays and writes them in safetensors format, widest elements first and then by name, so
/// that equal contents give equal files. Throws InvalidArgument for a name that is `__metadata__` or no
/// UTF-8, FileError when writing fails.
void save_safetensors(std::shared_ptr<io::Writer> out_stream, std::unordered_map<std::string, array> arrays,
                      std::unordered_map<std::string, std::string> metadata = {});
/// The same to a file; `.safetensors` is appended when missing. The file appears whole or not at all.
void save_safetensors(std::string file, std::unordered_map<std::string, array> arrays,
                      std::unordered_map<std::string, std::string> metadata = {});

} // namespace mx
MX_PUBLIC_END
