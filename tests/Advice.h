// For tables of wrong calls: messages of wrong arguments end in what to do, after a semicolon. A table may leave that part out,
// but the message has to have one.
#pragma once

#include <gtest/gtest.h>

#include <string>

namespace mx::test {

/// `message` is `wanted`, or that with advice behind it; either way it has advice.
inline testing::AssertionResult says(const std::string &message, const std::string &wanted) {
  if (message != wanted && !message.starts_with(wanted + "; "))
    return testing::AssertionFailure() << "says: " << message << "\nnot:  " << wanted;
  if (message.find("; ") == std::string::npos)
    return testing::AssertionFailure() << message << "\ndoes not say what to do";
  return testing::AssertionSuccess();
}

} // namespace mx::test
