/** Hand-assembled static executables: just enough of an assembler and of ELF for a program of a dozen instructions. */

export type Architecture = 'amd64' | 'arm64';

/** One step of a program: bytes, a label, or bytes that depend on the distance to a label. */
type Step = Buffer | { label: string } | { to: string; size: number; encode(distance: number): Buffer };

function assemble(steps: Step[]): Buffer {
  const labels = new Map<string, number>();
  let at = 0;
  for (const step of steps) {
    if (Buffer.isBuffer(step)) at += step.length;
    else if ('label' in step) labels.set(step.label, at);
    else at += step.size;
  }
  const parts: Buffer[] = [];
  at = 0;
  for (const step of steps) {
    if (!Buffer.isBuffer(step) && 'label' in step) continue;
    const part = Buffer.isBuffer(step) ? step : step.encode((labels.get(step.to) ?? 0) - at);
    parts.push(part);
    at += part.length;
  }
  return Buffer.concat(parts);
}

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const label = (name: string): Step => ({ label: name });

// x86-64: distances count from the end of the instruction.
const x86Jump = (opcode: string, to: string): Step => ({
  to,
  size: 2,
  encode: (distance) => Buffer.concat([bytes(opcode), Buffer.from([(distance - 2) & 0xff])]),
});
const x86Lea = (opcode: string, to: string): Step => ({
  to,
  size: 7,
  encode(distance) {
    const relative = Buffer.alloc(4);
    relative.writeInt32LE(distance - 7);
    return Buffer.concat([bytes(opcode), relative]);
  },
});

// arm64: distances count from the instruction itself; words are little endian.
const word = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value >>> 0);
  return buffer;
};
const armRelative = (to: string, encode: (distance: number) => number): Step => ({
  to,
  size: 4,
  encode: (distance) => word(encode(distance)),
});
const armMov = (register: number, value: number): Buffer => word(0xd2800000 | (value << 5) | register);
const armAdr = (register: number, to: string): Step =>
  armRelative(to, (distance) => 0x10000000 | ((distance & 3) << 29) | (((distance >> 2) & 0x7ffff) << 5) | register);
const armBranchIf = (condition: number, to: string): Step =>
  armRelative(to, (distance) => 0x54000000 | (((distance >> 2) & 0x7ffff) << 5) | condition);
const armSyscall = word(0xd4000001);

/** SIGINT (2), SIGTERM (15) and SIGCHLD (17) as a kernel signal set. */
const signalSet = bytes('02 40 01 00 00 00 00 00');

/*
 * The pause program of a sandbox. As process 1 of its PID namespace, a signal with the default action would be
 * ignored; a blocked one is queued instead. So: block, wait for one, reap children on SIGCHLD, leave on the others.
 */
const pausePrograms: Record<Architecture, () => Buffer> = {
  amd64: () =>
    assemble([
      bytes('b8 0e 00 00 00'), // mov eax, rt_sigprocmask
      bytes('31 ff'), // xor edi, edi (SIG_BLOCK)
      x86Lea('48 8d 35', 'set'), // lea rsi, [set]
      bytes('31 d2'), // xor edx, edx
      bytes('41 ba 08 00 00 00'), // mov r10d, 8
      bytes('0f 05'), // syscall
      label('wait'),
      bytes('b8 80 00 00 00'), // mov eax, rt_sigtimedwait
      x86Lea('48 8d 3d', 'set'), // lea rdi, [set]
      bytes('31 f6 31 d2'), // no info, no timeout
      bytes('41 ba 08 00 00 00'), // mov r10d, 8
      bytes('0f 05'), // syscall
      bytes('83 f8 11'), // cmp eax, SIGCHLD
      x86Jump('74', 'reap'), // je reap
      bytes('85 c0'), // test eax, eax
      x86Jump('78', 'wait'), // js wait (interrupted)
      bytes('b8 e7 00 00 00 31 ff 0f 05'), // exit_group(0)
      label('reap'),
      bytes('b8 3d 00 00 00'), // mov eax, wait4
      bytes('bf ff ff ff ff'), // mov edi, -1
      bytes('31 f6'), // xor esi, esi
      bytes('ba 01 00 00 00'), // mov edx, WNOHANG
      bytes('45 31 d2'), // xor r10d, r10d
      bytes('0f 05'), // syscall
      bytes('85 c0'), // test eax, eax
      x86Jump('7f', 'reap'), // jg reap
      x86Jump('eb', 'wait'), // jmp wait
      label('set'),
      signalSet,
    ]),
  arm64: () =>
    assemble([
      armMov(0, 0), // SIG_BLOCK
      armAdr(1, 'set'),
      armMov(2, 0),
      armMov(3, 8),
      armMov(8, 135), // rt_sigprocmask
      armSyscall,
      label('wait'),
      armAdr(0, 'set'),
      armMov(1, 0),
      armMov(2, 0),
      armMov(3, 8),
      armMov(8, 137), // rt_sigtimedwait
      armSyscall,
      word(0xf100441f), // cmp x0, #17 (SIGCHLD)
      armBranchIf(0, 'reap'), // b.eq reap
      armRelative('wait', (distance) => 0xb7f80000 | (((distance >> 2) & 0x3fff) << 5)), // tbnz x0, #63, wait
      armMov(0, 0),
      armMov(8, 94), // exit_group
      armSyscall,
      label('reap'),
      word(0x92800000), // mov x0, #-1
      armMov(1, 0),
      armMov(2, 1), // WNOHANG
      armMov(3, 0),
      armMov(8, 260), // wait4
      armSyscall,
      word(0xf100001f), // cmp x0, #0
      armBranchIf(12, 'reap'), // b.gt reap
      armRelative('wait', (distance) => 0x14000000 | ((distance >> 2) & 0x3ffffff)), // b wait
      label('set'),
      signalSet,
    ]),
};

const machine: Record<Architecture, number> = { amd64: 62, arm64: 183 };
const loadAddress = 0x400000;
const elfHeaderLength = 64;
const programHeaderLength = 56;

/** Wraps position-independent code in an ELF file with one readable, executable segment. */
function elf(architecture: Architecture, code: Buffer): Buffer {
  const offset = elfHeaderLength + programHeaderLength;
  const header = Buffer.alloc(offset);
  bytes('7f 45 4c 46 02 01 01').copy(header); // magic, 64 bit, little endian, version 1
  header.writeUInt16LE(2, 16); // an executable
  header.writeUInt16LE(machine[architecture], 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(loadAddress + offset), 24); // entry point
  header.writeBigUInt64LE(BigInt(elfHeaderLength), 32); // where the program headers are
  header.writeUInt16LE(elfHeaderLength, 52);
  header.writeUInt16LE(programHeaderLength, 54);
  header.writeUInt16LE(1, 56);
  header.writeUInt32LE(1, 64); // PT_LOAD
  header.writeUInt32LE(5, 68); // readable, executable
  header.writeBigUInt64LE(BigInt(loadAddress), 80);
  header.writeBigUInt64LE(BigInt(loadAddress), 88);
  header.writeBigUInt64LE(BigInt(offset + code.length), 96);
  header.writeBigUInt64LE(BigInt(offset + code.length), 104);
  header.writeBigUInt64LE(0x1000n, 112);
  return Buffer.concat([header, code]);
}

export function pauseExecutable(architecture: Architecture): Buffer {
  return elf(architecture, pausePrograms[architecture]());
}
