'use strict';
// Reads the struct types, with their field tags, out of a Go executable: the run-time type data that reflection uses.
// The layouts are those of internal/abi (Type, StructType, StructField, UncommonType, Name) on 64-bit platforms.

const kinds = {
  1: 'bool',
  2: 'int',
  5: 'int',
  6: 'int',
  8: 'uint8',
  10: 'int',
  11: 'int',
  14: 'double',
  21: 'map',
  22: 'pointer',
  23: 'slice',
  24: 'string',
  25: 'struct',
};
const kindStruct = 25;
const namedFlag = 4;
const uncommonFlag = 1;
const sizeOfStructType = 80;
const sizeOfField = 24;

function sections(file) {
  const tableAt = Number(file.readBigUInt64LE(0x28));
  const entrySize = file.readUInt16LE(0x3a);
  const count = file.readUInt16LE(0x3c);
  const raw = Array.from({ length: count }, (_, index) => {
    const at = tableAt + index * entrySize;
    return {
      name: file.readUInt32LE(at),
      address: Number(file.readBigUInt64LE(at + 16)),
      offset: Number(file.readBigUInt64LE(at + 24)),
      size: Number(file.readBigUInt64LE(at + 32)),
    };
  });
  const names = raw[file.readUInt16LE(0x3e)];
  const nameAt = (offset) => file.toString('latin1', names.offset + offset, file.indexOf(0, names.offset + offset));
  return new Map(raw.map((section) => [nameAt(section.name), section]));
}

/** Every struct type as { package, name, fields: [{ name, tag, go }] }; `go` is the field's type: { kind, name?, package?, element? }. */
function goStructTypes(file) {
  const rodata = sections(file).get('.rodata');
  const data = file.subarray(rodata.offset, rodata.offset + rodata.size);
  const inside = (address, length = 1) => address >= rodata.address && address + length <= rodata.address + rodata.size;
  const word = (at) => Number(data.readBigUInt64LE(at));

  const varint = (at) => {
    let value = 0;
    for (let shift = 0; ; shift += 7, at++) {
      value |= (data[at] & 0x7f) << shift;
      if (!(data[at] & 0x80)) return { value, next: at + 1 };
    }
  };
  const nameAt = (at) => {
    const flags = data[at];
    const length = varint(at + 1);
    const name = data.toString('utf8', length.next, length.next + length.value);
    if (!(flags & 2)) return { name, tag: '' };
    const tagLength = varint(length.next + length.value);
    return { name, tag: data.toString('utf8', tagLength.next, tagLength.next + tagLength.value) };
  };

  const namesAt = (at, packageAt) => ({
    name: nameAt(data.readInt32LE(at + 40)).name.replace(/^.*\./, ''),
    package: data[at + 20] & uncommonFlag ? nameAt(data.readInt32LE(packageAt)).name : '',
  });
  const typeAt = (at) => {
    const kind = kinds[data[at + 23] & 31];
    const named = (data[at + 20] & namedFlag) !== 0;
    switch (kind) {
      case 'pointer':
        return { kind, element: typeAt(word(at + 48) - rodata.address) };
      case 'slice':
        return { kind, name: named ? namesAt(at, at + 56).name : '', element: typeAt(word(at + 48) - rodata.address) };
      case 'map':
        return { kind, element: typeAt(word(at + 56) - rodata.address) };
      case 'struct':
        return { kind, ...namesAt(at, at + sizeOfStructType) };
      default:
        return { kind: kind ?? 'unknown' };
    }
  };

  const structAt = (at) => {
    if ((data[at + 23] & 31) !== kindStruct) return undefined;
    const [fieldsAddress, length, capacity] = [word(at + 56), word(at + 64), word(at + 72)];
    if (length === 0 || length !== capacity || length > 500 || !inside(fieldsAddress, length * sizeOfField))
      return undefined;
    const flags = data[at + 20];
    if (!(flags & uncommonFlag)) return undefined;
    const fields = [];
    for (let index = 0; index < length; index++) {
      const field = fieldsAddress - rodata.address + index * sizeOfField;
      const nameAddress = word(field);
      if (!inside(nameAddress)) return undefined;
      const named = nameAt(nameAddress - rodata.address);
      fields.push({
        ...named,
        go: named.tag.includes('protobuf:') ? typeAt(word(field + 8) - rodata.address) : undefined,
      });
    }
    return { ...namesAt(at, at + sizeOfStructType), fields };
  };

  const found = [];
  for (let at = 0; at + sizeOfStructType + 16 <= data.length; at += 8) {
    try {
      const type = structAt(at);
      if (type) found.push(type);
    } catch {
      // Not a type: the scan looks at every aligned place.
    }
  }
  return found;
}

module.exports = { goStructTypes };
