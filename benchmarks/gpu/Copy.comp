// The device's limit on moving memory: vec4 loads and stores of storage buffers, four to an invocation.
#version 450
layout(local_size_x = 256) in;
layout(set = 0, binding = 0) readonly buffer In { vec4 from[]; };
layout(set = 0, binding = 1) writeonly buffer Out { vec4 to[]; };
void main() {
  uint first = gl_WorkGroupID.x * 1024 + gl_LocalInvocationID.x;
  for (uint i = 0; i < 4; ++i)
    to[first + i * 256] = from[first + i * 256];
}
