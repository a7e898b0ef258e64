/** What a process has used since its start. */
export interface ProcessFigures {
  cpuSeconds: number;
  residentBytes: number;
}

/** Asks a process for its own figures, of which every app tells in its metrics. */
export async function processFigures(insideUrl: string): Promise<ProcessFigures> {
  const text = await (await fetch(`${insideUrl}/metrics`)).text();
  const figure = (name: string): number => Number(new RegExp(`^${name}\\{[^}]*\\} (\\S+)`, "m").exec(text)?.[1]);
  return { cpuSeconds: figure("process_cpu_seconds_total"), residentBytes: figure("process_resident_memory_bytes") };
}
