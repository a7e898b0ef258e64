import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { addAbortSignal, type Readable } from "node:stream";
import { RelinkError } from "@relink/core";
import { parse } from "csv-parse/sync";
import { IMPORT_COLUMNS, REQUIRED_COLUMNS } from "./import-row.ts";

/** A file cannot be read, or is not one of Items at all. */
export class ImportFileError extends RelinkError {
  override readonly name = "ImportFileError";
  readonly code = "ERR_IMPORT_FILE";
  readonly retryable = false;
}

/** One line of a file: its fields, or why it has none. */
export type FileLine = { line: number; fields: Readonly<Record<string, unknown>> } | { line: number; reason: string };

export interface ImportFile {
  /**
   * The lines, read as they are asked for.
   *
   * @throws {@link ImportFileError}; an AbortError.
   */
  lines: AsyncIterable<FileLine>;
  /** How much of the file was read, from 0 to 1; null if nobody knows, as of standard input. */
  share(): number | null;
}

/** Longer than any row that means well. */
const MAX_LINE = 64 * 1024;

/**
 * Opens a file of Items: CSV with a header, or one JSON object a line. Which of the two shows in its first line.
 *
 * @param path - `-` for standard input.
 * @throws {@link ImportFileError} if it cannot be opened.
 */
export async function openImportFile(path: string, stdin: Readable, signal: AbortSignal): Promise<ImportFile> {
  if (path === "-") return { lines: readLines(addAbortSignal(signal, stdin)), share: () => null };
  const bytes = await sizeOf(path);
  const input = createReadStream(path);
  return {
    lines: readLines(addAbortSignal(signal, input)),
    share: () => (bytes === 0 ? null : Math.min(1, input.bytesRead / bytes)),
  };
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(error);
  });
  if (found.isDirectory())
    throw new ImportFileError("FILE is a folder: give the path of a file, or - for standard input");
  return found.size;
}

const unreadable = ({ code }: { code?: string | undefined }) =>
  new ImportFileError(`FILE cannot be read (${code ?? "unknown reason"}): check its path and its rights`);

async function* readLines(input: Readable): AsyncGenerator<FileLine> {
  let read: ((text: string) => { fields: Record<string, unknown> } | { reason: string }) | undefined;
  let line = 0;
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      line += 1;
      const content = line === 1 ? text.replace(/^\uFEFF/, "") : text;
      if (content.trim() === "") continue;
      if (read === undefined) {
        const isCsv = !content.trimStart().startsWith("{");
        read = isCsv ? csvReader(readHeader(content)) : readJson;
        if (isCsv) continue;
      }
      yield { line, ...(content.length > MAX_LINE ? { reason: "is too long" } : read(content)) };
    }
  } catch (error) {
    throw error instanceof Error && "syscall" in error ? unreadable(error as NodeJS.ErrnoException) : error;
  } finally {
    input.destroy();
  }
  if (read === undefined) throw new ImportFileError("FILE is empty: it needs a header, or a JSON object a line");
}

function readJson(text: string): { fields: Record<string, unknown> } | { reason: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { fields: { ...value } };
  } catch {
    // The parser's own message repeats the text.
  }
  return { reason: "is no JSON object" };
}

/**
 * Reads the fields of one line of CSV; null if there is a quotation mark where none may be.
 *
 * Line by line, because no column may have a line break in it: so a mark that is missing spoils one line, and not all
 * those that follow.
 */
function readCells(text: string): string[] | null {
  try {
    return parse(text, { relax_column_count: true })[0] ?? [];
  } catch {
    // The parser's own message repeats the text.
    return null;
  }
}

function readHeader(text: string): string[] {
  const header = (readCells(text) ?? []).map((name) => name.trim());
  const known: readonly string[] = IMPORT_COLUMNS;
  const isComplete = REQUIRED_COLUMNS.every((name) => header.includes(name));
  const isKnown = header.every((name) => known.includes(name)) && new Set(header).size === header.length;
  if (isComplete && isKnown) return header;
  // A file without a header begins with a token, so nothing of the line is repeated.
  throw new ImportFileError(
    `the first line must name the columns, each once: ${IMPORT_COLUMNS.join(", ")}; ${REQUIRED_COLUMNS.join(" and ")} are needed`,
  );
}

function csvReader(header: readonly string[]) {
  return (text: string): { fields: Record<string, string> } | { reason: string } => {
    const cells = readCells(text);
    if (cells === null) return { reason: "has a quotation mark where none may be, or one that is not closed" };
    if (cells.length !== header.length) {
      return { reason: `has ${cells.length} column(s), and the header ${header.length}` };
    }
    return { fields: Object.fromEntries(header.map((name, column) => [name, cells[column] ?? ""])) };
  };
}
