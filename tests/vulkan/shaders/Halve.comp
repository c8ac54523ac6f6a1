// Pass p of a sum in place: data[i] += data[i + n / 2^(p+1)] for the first half of what is left.
#version 450
layout(local_size_x = 64) in;
layout(std430, set = 0, binding = 0) buffer Data { float data[]; };
layout(push_constant) uniform Push { uint n, pass; };

void main() {
  uint half_ = n >> (pass + 1);
  uint i = gl_GlobalInvocationID.x;
  if (i < half_)
    data[i] += data[i + half_];
}
