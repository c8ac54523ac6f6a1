# The shared library mx::mx, once the frontend and the compiler it carries are there.
if(NOT TARGET mx_frontend OR NOT TARGET mx_compile)
  return()
endif()
