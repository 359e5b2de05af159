import Testing

@testable import Gridctl

@Suite("What a cluster of one's own takes of the machine")
struct ServerMemoryTests {
    @Test(
        "A quarter of the memory, within limits",
        arguments: [(256, 128), (512, 128), (2_048, 512), (4_096, 1_024), (8_192, 2_048), (262_144, 2_048)])
    func sharedBuffers(memory: Int, buffers: Int) {
        #expect(ServerMemory.sharedBuffersMiB(ofMemoryMiB: memory) == buffers)
    }

    @Test("A container has what it is allowed")
    func container() {
        let machine = ServerMemory.memoryMiB(limits: [])
        #expect(ServerMemory.memoryMiB(limits: ["max\n"]) == machine)
        #expect(ServerMemory.memoryMiB(limits: ["134217728\n", "9223372036854771712\n"]) == min(128, machine))
    }

    @Test("This machine's memory is known")
    func here() {
        #expect(ServerMemory.memoryMiB(limits: []) > 128)
        #expect((128...2_048).contains(ServerMemory.sharedBuffersMiB))
    }
}
