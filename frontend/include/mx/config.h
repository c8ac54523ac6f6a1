// Version and symbol visibility of the public headers. The library is built with hidden visibility: what stands
// between MX_PUBLIC_BEGIN and MX_PUBLIC_END is exported, nothing else.
#pragma once

#define MX_VERSION_MAJOR 0
#define MX_VERSION_MINOR 1
#define MX_VERSION_PATCH 0

#if defined(__GNUC__)
#define MX_PUBLIC_BEGIN _Pragma("GCC visibility push(default)")
#define MX_PUBLIC_END _Pragma("GCC visibility pop")
#else
#define MX_PUBLIC_BEGIN
#define MX_PUBLIC_END
#endif
