// out = a + b over n floats, a workgroup for each 64.
#version 450
layout(local_size_x = 64) in;
#ifdef BY_ADDRESS
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
layout(buffer_reference, std430, buffer_reference_align = 4) buffer Floats { float data[]; };
layout(buffer_reference, std430, buffer_reference_align = 8) buffer Table {
  Floats a, b, result;
  uint n;
};
layout(push_constant) uniform Push { Table t; };
#define A t.a.data
#define B t.b.data
#define OUT t.result.data
#define N t.n
#else
layout(std430, set = 0, binding = 0) readonly buffer BufferA { float a[]; };
layout(std430, set = 0, binding = 1) readonly buffer BufferB { float b[]; };
layout(std430, set = 0, binding = 2) writeonly buffer BufferOut { float result[]; };
layout(push_constant) uniform Push { uint n; };
#define A a
#define B b
#define OUT result
#define N n
#endif

void main() {
  uint i = (gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x) * 64 + gl_LocalInvocationID.x;
  if (i < N)
    OUT[i] = A[i] + B[i];
}
