// Sums the same answers with DuckDB, for the benchmark that compares. Reads one
// JSON request from standard input, prints one JSON document.
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";
const { DuckDBInstance } = createRequire(process.argv[2] + "/")("@duckdb/node-api");

const ask = JSON.parse(await text(process.stdin));
const db = await (await DuckDBInstance.create(":memory:", { threads: "2" })).connect();
const marks = Array.from({ length: ask.items }, (_, k) =>
  `(((i*7919 + ${k}*104729) % 1000003) % 7)::utinyint AS q${k}`);
await db.run(`CREATE TABLE a AS SELECT ((i*31) % ${ask.days})::usmallint AS day,
  ((i*17 + i//${ask.days}) % ${ask.cells})::utinyint AS cell, ${marks.join(", ")} FROM range(${ask.answers}) t(i)`);
const sums = Array.from({ length: ask.items }, (_, k) =>
  `sum((q${k} IN (4,5))::utinyint)::bigint, sum((q${k} BETWEEN 1 AND 5)::utinyint)::bigint`).join(", ");
const out = [];
for (const q of ask.queries) {
  const sql = `SELECT ${sums} FROM a WHERE day BETWEEN ${q.from} AND ${q.to} AND cell IN (${q.cells.join(",")})`;
  const times = [];
  let row;
  for (let run = 0; run < 5; run++) {
    const t = process.hrtime.bigint();
    row = (await db.runAndReadAll(sql)).getRows()[0];
    times.push(Number(process.hrtime.bigint() - t) / 1e6);
  }
  times.sort((a, b) => a - b);
  out.push({ sums: row.map(Number), ms: times[2] });
}
console.log(JSON.stringify(out));
