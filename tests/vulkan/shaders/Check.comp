// out[i] = in[i], and a record of the first value that is 100 or more. "take" are the letters of the op.
#version 450
layout(local_size_x = 64) in;
layout(std430, set = 0, binding = 0) readonly buffer In { float data[]; };
layout(std430, set = 0, binding = 1) writeonly buffer Out { float result[]; };
layout(std430, set = 0, binding = 2) buffer Fault {
  uint claimed;
  int index, size, position;
  uint op[4];
};
layout(push_constant) uniform Push { uint n; };

void main() {
  uint i = gl_GlobalInvocationID.x;
  if (i >= n)
    return;
  result[i] = data[i];
  if (data[i] >= 100 && atomicExchange(claimed, 1u) == 0) {
    index = int(data[i]);
    size = 100;
    position = int(i);
    op[0] = 0x656b6174u;
  }
}
