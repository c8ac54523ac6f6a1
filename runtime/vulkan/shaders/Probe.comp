// What the device's arithmetic gives for each row of numbers; runtime/vulkan/Probe.cpp compares it with the host's. With HALF:
// conversions to float16 instead. scripts/shaders makes the words that are compiled in.
#version 450
#ifdef HALF
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#endif
layout(local_size_x = 64) in;
struct Row {
  float a, b, c;
};
struct Answer {
  uint fused, quotient, root, product;
};
layout(std430, set = 0, binding = 0) readonly buffer Rows { Row rows[]; };
layout(std430, set = 0, binding = 1) writeonly buffer Answers { Answer answers[]; };

void main() {
  uint i = gl_GlobalInvocationID.x;
  Row r = rows[i];
#ifdef HALF
  answers[i].fused = packFloat2x16(f16vec2(float16_t(r.a), float16_t(r.b)));
#else
  precise float fused = fma(r.a, r.b, r.c);
  precise float quotient = r.a / r.b;
  precise float root = sqrt(r.b);
  precise float product = r.a * r.c;
  answers[i] = Answer(floatBitsToUint(fused), floatBitsToUint(quotient), floatBitsToUint(root), floatBitsToUint(product));
#endif
}
