// Reads Parquet files with hyparquet, and writes down what it found, as read.py does.
import { openSync, readFileSync, writeSync, closeSync } from 'node:fs'
import { asyncBufferFromFile, parquetMetadataAsync, parquetRead } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

// Moments as the counts that they are stored as: a Date has milliseconds only.
const parsers = {
  timestampFromMilliseconds: count => count,
  timestampFromMicroseconds: count => count,
  timestampFromNanoseconds: count => count,
}

const UNITS = { MILLIS: 'ms', MICROS: 'us', NANOS: 'ns' }

function kindOf(element) {
  const logical = element.logical_type
  if (element.type === 'DOUBLE') return 'float64'
  if (element.type === 'FLOAT') return 'float32'
  if (element.type === 'BOOLEAN') return 'boolean'
  if (logical?.type === 'TIMESTAMP') return `time:${UNITS[logical.unit]}`
  if (logical?.type === 'NULL') return 'text'
  if (element.type === 'INT32' || element.type === 'INT64') return 'integer'
  if (element.type === 'BYTE_ARRAY') return 'text'
  throw new Error(`column ${element.name} is ${element.type}`)
}

function dump(kind, values, rows, out) {
  const valid = new Uint8Array(rows)
  const words = new DataView(new ArrayBuffer(8 * rows))
  const texts = []
  for (let row = 0; row < rows; row++) {
    const value = values[row]
    if (value === null || value === undefined) continue
    valid[row] = 1
    if (kind === 'float64') words.setFloat64(8 * row, value, true)
    else if (kind === 'float32') words.setFloat32(8 * row, value, true)
    else if (kind === 'text') {
      const bytes = Buffer.from(value, 'utf8')
      words.setBigInt64(8 * row, BigInt(bytes.length), true)
      texts.push(bytes)
    } else words.setBigInt64(8 * row, BigInt(value), true)
  }
  writeSync(out, valid)
  writeSync(out, Buffer.from(words.buffer))
  const text = Buffer.concat(texts)
  if (text.length) writeSync(out, text)
}

async function read({ parquet, dump: path }) {
  const file = await asyncBufferFromFile(parquet)
  const metadata = await parquetMetadataAsync(file)
  const rows = Number(metadata.num_rows)
  const elements = metadata.schema.slice(1)
  const columns = elements.map(element => ({ name: element.name, kind: kindOf(element) }))
  const found = new Map(elements.map(element => [element.name, new Array(rows)]))
  await parquetRead({
    file,
    metadata,
    compressors,
    parsers,
    onChunk({ columnName, columnData, rowStart, rowEnd }) {
      const target = found.get(columnName)
      for (let row = rowStart; row < rowEnd; row++) target[row] = columnData[row - rowStart]
    },
  })
  const out = openSync(path, 'w')
  for (const { name, kind } of columns) dump(kind, found.get(name), rows, out)
  closeSync(out)
  return { rows, columns }
}

const question = JSON.parse(readFileSync(0, 'utf8'))
const manifest = new URL('node_modules/hyparquet/package.json', import.meta.url)
console.log(JSON.stringify(JSON.parse(readFileSync(manifest)).version))
for (const one of question.cases) {
  try {
    console.log(JSON.stringify(await read(one)))
  } catch (error) {
    console.log(JSON.stringify({ error: `${error.name}: ${error.message}`.split('\n')[0] }))
  }
}
