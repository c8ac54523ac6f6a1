// Buffers and their memory. When the driver has no more, what the host's cache holds, with the device memory behind it,
// goes first.
#include "runtime/vulkan/Allocation.h"

#include "runtime/Allocator.h"

namespace mx::rt::vulkan {

Status Allocation::makeBuffer(const void *chain) {
  if (bytes > gpu->physical.allocationBytes)
    return Error{ErrorCode::outOfMemory, "the device " + gpu->physical.properties.name + " has no piece of memory of " +
                                             std::to_string(bytes) + " bytes: one has at most " +
                                             std::to_string(gpu->physical.allocationBytes)};
  auto info = structure<VkBufferCreateInfo>(VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO);
  info.pNext = chain;
  info.size = bytes;
  info.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT;
  if (gpu->physical.features12.bufferDeviceAddress)
    info.usage |= VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT;
  if (VkResult r = gpu->vk.CreateBuffer(gpu->device, &info, nullptr, &buffer); r != VK_SUCCESS) {
    buffer = VK_NULL_HANDLE;
    return gpu->failure(r, "vkCreateBuffer of " + std::to_string(bytes) + " bytes failed");
  }
  return {};
}

Status Allocation::bind(uint32_t types, bool hostVisible, const void *chain) {
  const Api &vk = gpu->vk;
  VkMemoryRequirements needs{};
  vk.GetBufferMemoryRequirements(gpu->device, buffer, &needs);
  Result<uint32_t> type = gpu->memoryType(needs.memoryTypeBits & types, hostVisible);
  if (!type)
    return type.error();
  auto flags = structure<VkMemoryAllocateFlagsInfo>(VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO);
  flags.pNext = chain;
  flags.flags = gpu->physical.features12.bufferDeviceAddress ? VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT : 0;
  auto info = structure<VkMemoryAllocateInfo>(VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO);
  info.pNext = &flags;
  // Imported memory has the size it has.
  info.allocationSize = chain ? bytes : needs.size;
  info.memoryTypeIndex = *type;
  VkResult r = vk.AllocateMemory(gpu->device, &info, nullptr, &memory);
  if (r == VK_ERROR_OUT_OF_DEVICE_MEMORY || r == VK_ERROR_OUT_OF_HOST_MEMORY || r == VK_ERROR_TOO_MANY_OBJECTS) {
    hostAllocator().clearCache();
    r = vk.AllocateMemory(gpu->device, &info, nullptr, &memory);
  }
  if (r != VK_SUCCESS) {
    memory = VK_NULL_HANDLE;
    return gpu->failure(r, "the device " + gpu->physical.properties.name + " cannot " +
                               (chain ? "import " : "allocate ") + std::to_string(bytes) + " bytes");
  }
  if (r = vk.BindBufferMemory(gpu->device, buffer, memory, 0); r != VK_SUCCESS)
    return gpu->failure(r, "vkBindBufferMemory of " + std::to_string(bytes) + " bytes failed");
  if (flags.flags) {
    auto which = structure<VkBufferDeviceAddressInfo>(VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO);
    which.buffer = buffer;
    address = vk.GetBufferDeviceAddress(gpu->device, &which);
  }
  return {};
}

Result<AllocationPtr> Allocation::create(GpuPtr owner, size_t bytes, bool hostVisible) {
  AllocationPtr a(new Allocation(std::move(owner), bytes));
  Gpu &gpu = *a->gpu;
  if (Status s = a->makeBuffer(nullptr); !s)
    return s.error();
  if (Status s = a->bind(~0u, hostVisible, nullptr); !s)
    return s.error();
  if (!hostVisible)
    return a;
  void *data = nullptr;
  if (VkResult r = gpu.vk.MapMemory(gpu.device, a->memory, 0, VK_WHOLE_SIZE, 0, &data); r != VK_SUCCESS)
    return gpu.failure(r, "vkMapMemory of " + std::to_string(bytes) + " bytes failed");
  a->mapped = static_cast<std::byte *>(data);
  return a;
}

Result<AllocationPtr> Allocation::import(GpuPtr owner, void *data, size_t bytes) {
  AllocationPtr a(new Allocation(std::move(owner), bytes));
  Gpu &gpu = *a->gpu;
  auto types = structure<VkMemoryHostPointerPropertiesEXT>(VK_STRUCTURE_TYPE_MEMORY_HOST_POINTER_PROPERTIES_EXT);
  constexpr auto kHandle = VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT;
  if (VkResult r = gpu.vk.GetMemoryHostPointerPropertiesEXT(gpu.device, kHandle, data, &types); r != VK_SUCCESS)
    return gpu.failure(r, "importing " + std::to_string(bytes) + " bytes of host memory failed");
  auto external = structure<VkExternalMemoryBufferCreateInfo>(VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO);
  external.handleTypes = kHandle;
  if (Status s = a->makeBuffer(&external); !s)
    return s.error();
  auto import = structure<VkImportMemoryHostPointerInfoEXT>(VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT);
  import.handleType = kHandle;
  import.pHostPointer = data;
  if (Status s = a->bind(types.memoryTypeBits, /*hostVisible=*/true, &import); !s)
    return s.error();
  return a;
}

Allocation::~Allocation() {
  if (!gpu->ours())
    return;
  if (buffer)
    gpu->vk.DestroyBuffer(gpu->device, buffer, nullptr);
  if (memory)
    gpu->vk.FreeMemory(gpu->device, memory, nullptr);
}

} // namespace mx::rt::vulkan
