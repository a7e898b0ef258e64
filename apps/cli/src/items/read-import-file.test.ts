import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { type FileLine, openImportFile } from "./read-import-file.ts";

const never = new AbortController().signal;

async function read(text: string, chunkBytes = text.length || 1): Promise<FileLine[]> {
  const bytes = Buffer.from(text);
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  );
  const { lines } = await openImportFile("-", Readable.from(chunks, { objectMode: false }), never);
  return Array.fromAsync(lines);
}

const HEADER = "access_token,external_user_id,name";

test.each([1, 7, 1_000])("CSV is read with its line numbers, in pieces of %i bytes", async (chunkBytes) => {
  const text = `\uFEFF${HEADER}\r\nt1,u1,"Okafor, Maya"\r\n\r\nt2,u2,"say ""hi"""\r\nt3,u3,`;
  expect(await read(text, chunkBytes)).toEqual([
    { line: 2, fields: { access_token: "t1", external_user_id: "u1", name: "Okafor, Maya" } },
    { line: 4, fields: { access_token: "t2", external_user_id: "u2", name: 'say "hi"' } },
    { line: 5, fields: { access_token: "t3", external_user_id: "u3", name: "" } },
  ]);
});

test("lines of CSV that are no row are told apart from the others, without their contents", async () => {
  const text = `${HEADER}\nt1,u1\nt2,u2,Ada\nt3 "MARKER",u3,x\nt4,u4,"Bo"MARKER\nt5,u5,Eve\nt6,u6,"MARKER\nt7,u7,Lu\n`;
  const lines = await read(text);
  const reason = "has a quotation mark where none may be, or one that is not closed";
  expect(lines).toEqual([
    { line: 2, reason: "has 2 column(s), and the header 3" },
    { line: 3, fields: { access_token: "t2", external_user_id: "u2", name: "Ada" } },
    { line: 4, reason },
    { line: 5, reason },
    { line: 6, fields: { access_token: "t5", external_user_id: "u5", name: "Eve" } },
    { line: 7, reason },
    { line: 8, fields: { access_token: "t7", external_user_id: "u7", name: "Lu" } },
  ]);
});

test.each([1, 1_000])(
  "an object a line is read, and what is none is told, in pieces of %i bytes",
  async (chunkBytes) => {
    const text = '\uFEFF{"access_token":"t1"}\n\n{"access_token":MARKER}\n[1]\n{"access_token":"t2","name":null}';
    expect(await read(text, chunkBytes)).toEqual([
      { line: 1, fields: { access_token: "t1" } },
      { line: 3, reason: "is no JSON object" },
      { line: 4, reason: "is no JSON object" },
      { line: 5, fields: { access_token: "t2", name: null } },
    ]);
  },
);

test.each([
  ["", "FILE is empty"],
  [
    "access-sandbox-MARKER,u1\n",
    "the first line must name the columns, each once: access_token, external_user_id, email",
  ],
  ["access_token,external_user_id,emial\n", "the first line must name the columns"],
  ["access_token,access_token,external_user_id\n", "the first line must name the columns"],
  ["access_token,name\n", "access_token and external_user_id are needed"],
])("a file that begins with %j is refused, without its contents", async (text, reason) => {
  const error = await read(text).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "ERR_IMPORT_FILE", message: expect.stringContaining(reason) as string });
  expect(String(error)).not.toContain("MARKER");
});

test.each([
  ["/there/is/no/such/file.csv", "FILE cannot be read (ENOENT)"],
  ["/", "FILE is a folder"],
])("%s is refused", async (path, reason) => {
  await expect(openImportFile(path, Readable.from([]), never)).rejects.toThrow(reason);
});

test("a line of more than 64 KiB is none", async () => {
  expect(await read(`${HEADER}\nt1,u1,${"x".repeat(70_000)}\n`)).toEqual([{ line: 2, reason: "is too long" }]);
});

test.each([`${HEADER}\nt1,u1,Ada\n`, '{"access_token":"t1"}\n'])(
  "reading %j ends when the command is to stop, also while more is awaited",
  async (text) => {
    const stop = new AbortController();
    const endless = new Readable({ read() {} });
    endless.push(text);
    const { lines } = await openImportFile("-", endless, stop.signal);
    const reading = Array.fromAsync(lines);
    setImmediate(() => stop.abort());
    await expect(reading).rejects.toThrow("aborted");
  },
);
