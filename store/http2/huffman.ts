/**
 * The Huffman code of HPACK strings, decoding only: what we send is short and constant, and goes out as it is.
 *
 * The code is canonical, so the lengths of the 257 codes say it all: counting up through the symbols in order of length
 * gives the codes. '0' is the first of five bits, 00000; '1' is 00001; ...; ' ' the first of six, 010100.
 *
 * Decoding walks the tree of the codes four bits a step. No code is shorter than five bits, so a step ends at most one
 * symbol, and a table of 256 inner nodes times 16 half-bytes has all steps.
 *
 * Upstream: RFC 7541, section 5.2 and appendix B
 */
import { compressionError } from './error.ts';

/** The length of each symbol's code, in base 36; the last one is the end-of-string symbol. */
const codeLengths =
  'dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6ca' +
  'd67777777777777777777777878djde6f56565666577666567655677777fbeds' +
  'kmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn' +
  'qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrq' +
  'u';
const endOfString = 256;

/** A step in the table: the node after it, a symbol in the bits above when it ended one, and what else it is. */
const symbolShift = 8;
const emits = 1 << 16;
const fails = 1 << 17;

/** An inner node's two children: a node's number, or a symbol as its complement. */
type Node = [zero: number, one: number];

function buildTree(): Node[] {
  const lengths = Array.from(codeLengths, (digit) => Number.parseInt(digit, 36));
  const symbols = lengths.map((_, symbol) => symbol).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  const nodes: Node[] = [[0, 0]];
  let code = 0;
  let previous = lengths[symbols[0]!]!;
  for (const symbol of symbols) {
    const length = lengths[symbol]!;
    code <<= length - previous;
    previous = length;
    let node = 0;
    for (let bit = length - 1; bit > 0; bit--) {
      const side = (code >>> bit) & 1;
      nodes[node]![side] ||= nodes.push([0, 0]) - 1;
      node = nodes[node]![side]!;
    }
    nodes[node]![code & 1] = ~symbol;
    code++;
  }
  return nodes;
}

function buildSteps(nodes: Node[]): Int32Array {
  const steps = new Int32Array(nodes.length * 16);
  for (let start = 0; start < nodes.length; start++) {
    for (let half = 0; half < 16; half++) {
      let node = start;
      let step = 0;
      for (let bit = 3; bit >= 0; bit--) {
        const child = nodes[node]![(half >>> bit) & 1]!;
        if (child >= 0) node = child;
        else {
          step |= ~child === endOfString ? fails : emits | (~child << symbolShift);
          node = 0;
        }
      }
      steps[start * 16 + half] = step | node;
    }
  }
  return steps;
}

/** A string may end here: fewer than eight bits into the end-of-string symbol, which is all ones. */
function buildEndings(nodes: Node[]): boolean[] {
  const endings = nodes.map(() => false);
  for (let bits = 0, node = 0; bits < 8; bits++) {
    endings[node] = true;
    node = nodes[node]![1];
  }
  return endings;
}

const nodes = buildTree();
const steps = buildSteps(nodes);
const endings = buildEndings(nodes);

/** The string in `bytes` from `start` to `end`, a character a byte. Throws for what no encoder writes. */
export function decodeHuffman(bytes: Buffer, start: number, end: number): string {
  // The shortest code has five bits.
  const decoded = Buffer.allocUnsafe((((end - start) * 8) / 5) | 0);
  let length = 0;
  let node = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    for (let shift = 4; shift >= 0; shift -= 4) {
      const step = steps[node * 16 + ((byte >>> shift) & 15)]!;
      if (step & fails) throw compressionError('a Huffman string with the end-of-string symbol');
      if (step & emits) decoded[length++] = step >>> symbolShift;
      node = step & 0xff;
    }
  }
  if (!endings[node]) throw compressionError('a Huffman string with bad padding');
  return decoded.toString('latin1', 0, length);
}
