// What dtypes promote to, and which sets they belong to.
#include <mx/mx.h>
#include <iostream>

int main() {
  std::cout << mx::promote_types(mx::float16, mx::bfloat16) << " " << mx::array(1.5).dtype() << "\n";
  std::cout << mx::issubdtype(mx::int8, mx::integer) << mx::issubdtype(mx::int8, mx::floating) << "\n";
}

// It prints
// float32 float32
// 10
