// Five products of 64 x 64, each a kernel of its own: t1 lives while steps 1 and 2 read it, so that three of the four
// temporaries are alive at a time.
func.func @chain(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %t1 = mx.matmul %x, %x : tensor<64x64xf32>, tensor<64x64xf32>
  %t2 = mx.matmul %t1, %x : tensor<64x64xf32>, tensor<64x64xf32>
  %t3 = mx.matmul %t2, %t1 : tensor<64x64xf32>, tensor<64x64xf32>
  %t4 = mx.matmul %t3, %x : tensor<64x64xf32>, tensor<64x64xf32>
  %e = mx.exp %t4 : tensor<64x64xf32>
  %t5 = mx.matmul %e, %x : tensor<64x64xf32>, tensor<64x64xf32>
  return %t5 : tensor<64x64xf32>
}
