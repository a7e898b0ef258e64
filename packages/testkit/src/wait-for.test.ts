import { expect, test } from "vitest";
import { waitFor } from "./wait-for.ts";

test("gives the first value that is there", async () => {
  const answers = [undefined, null, false, 0];
  expect(await waitFor(() => answers.shift(), { everyMs: 0 })).toBe(0);
});

test("an error means not yet", async () => {
  let calls = 0;
  const check = () => {
    calls += 1;
    if (calls < 3) throw new Error("not yet");
    return "there";
  };
  expect(await waitFor(check, { everyMs: 0 })).toBe("there");
});

test("at the deadline it tells the last thing that it saw", async () => {
  await expect(waitFor(() => false, { timeoutMs: 0 })).rejects.toThrow(/last seen: false/);
  await expect(
    waitFor(
      () => {
        throw new Error("the door is closed");
      },
      { timeoutMs: 0 },
    ),
  ).rejects.toThrow(/last seen: the door is closed/);
});
