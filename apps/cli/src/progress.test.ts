import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { showProgress } from "./progress.ts";

function openStream(isTTY: boolean): { stream: NodeJS.WritableStream; written: () => string } {
  let written = "";
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString("utf8");
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY, columns: 100, rows: 30 }), written: () => written };
}

test("a file gets the notes and no bar", () => {
  const { stream, written } = openStream(false);
  const progress = showProgress(stream);
  progress.update(1, 10);
  progress.note("line 2: access_token: missing");
  progress.stop();
  expect(written()).toBe("line 2: access_token: missing\n");
});

test("on a terminal a note takes the place of the bar, which is drawn again below it", () => {
  const { stream, written } = openStream(true);
  const progress = showProgress(stream);
  progress.update(250, 1_000);
  progress.note("line 2: access_token: missing");
  progress.update(1_000, 1_000);
  progress.stop();
  const [before, after] = written().split("\r\u001B[Kline 2: access_token: missing\n");
  expect(before).toContain("1000");
  expect(after).toContain("100 % | 1000/1000");
});

test("of a number that nobody knows, what is done is counted", () => {
  const { stream, written } = openStream(true);
  const progress = showProgress(stream);
  progress.update(0, null);
  progress.update(1_234, null);
  progress.stop();
  expect(written()).toContain("1234 | ");
  expect(written()).not.toContain("%");
});
