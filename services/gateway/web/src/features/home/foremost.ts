/** The few rows for the first page: what moves comes first, below it what ended, each in its order. */
export function foremost<Row>(rows: Row[], moves: (row: Row) => boolean, most = 3): Row[] {
  return [...rows.filter(moves), ...rows.filter((row) => !moves(row))].slice(0, most);
}
