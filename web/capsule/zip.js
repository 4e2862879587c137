// A ZIP file of stored entries: media are compressed already, and a file that is
// only stored has no byte that a reader would not notice a change in.

const encoder = new TextEncoder();

const table = new Uint32Array(256);
for (let n = 0; n < 256; n++) {
  let c = n;
  for (let k = 0; k < 8; k++) {
    c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  }
  table[n] = c;
}

/** CRC-32 of bytes, as ZIP has it. */
export function crc32(bytes) {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    crc = table[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** Writes numbers of 2 or 4 bytes, low byte first: [value, size] each. */
function record(...fields) {
  const out = new DataView(new ArrayBuffer(fields.reduce((sum, [, size]) => sum + size, 0)));
  let at = 0;
  for (const [value, size] of fields) {
    if (size === 2) {
      out.setUint16(at, value, true);
    } else {
      out.setUint32(at, value, true);
    }
    at += size;
  }
  return new Uint8Array(out.buffer);
}

/**
 * The pieces of a ZIP file, for a Blob: the bytes of the entries are not copied.
 * Names are ASCII; the whole is below 4 GiB, which is the caller's to see to.
 *
 * @param {{name: string, bytes: Uint8Array}[]} entries in the order they are stored
 * @returns {Uint8Array[]}
 */
export function zip(entries) {
  const files = [];
  const directory = [];
  let offset = 0;
  for (const { name, bytes } of entries) {
    const text = encoder.encode(name);
    // What both headers of an entry say: version 2.0, no flags, stored, 1 January
    // 1980 (the capsule has its own time), CRC, sizes, length of the name, no extras.
    const common = [[20, 2], [0, 2], [0, 2], [0, 2], [0x21, 2], [crc32(bytes), 4], [bytes.length, 4], [bytes.length, 4], [text.length, 2], [0, 2]];
    const local = record([0x04034b50, 4], ...common);
    files.push(local, text, bytes);
    directory.push(record([0x02014b50, 4], [20, 2], ...common, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]), text);
    offset += local.length + text.length + bytes.length;
  }
  const size = directory.reduce((sum, piece) => sum + piece.length, 0);
  const end = record([0x06054b50, 4], [0, 2], [0, 2], [entries.length, 2], [entries.length, 2], [size, 4], [offset, 4], [0, 2]);
  return [...files, ...directory, end];
}
