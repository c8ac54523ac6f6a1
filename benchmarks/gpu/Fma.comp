// The device's limit on arithmetic: four independent chains of vec4 multiply-adds in registers, 16 a round, 1,024 rounds.
// All four components are used, or a driver would leave out what is not.
#version 450
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) buffer Data { vec4 data[]; };
void main() {
  uint i = gl_LocalInvocationID.x;
  vec4 m = data[i], s = data[64 + i], a = m, b = m + 1, c = m + 2, d = m + 3;
  for (uint round = 0; round < 1024; ++round) {
    a = fma(a, m, s); b = fma(b, m, s); c = fma(c, m, s); d = fma(d, m, s);
    a = fma(a, m, s); b = fma(b, m, s); c = fma(c, m, s); d = fma(d, m, s);
    a = fma(a, m, s); b = fma(b, m, s); c = fma(c, m, s); d = fma(d, m, s);
    a = fma(a, m, s); b = fma(b, m, s); c = fma(c, m, s); d = fma(d, m, s);
  }
  vec4 sum = a + b + c + d;
  if (sum.x + sum.y + sum.z + sum.w == 12345.678)
    data[gl_GlobalInvocationID.x] = sum;
}
