import { onTestFinished, vi } from "vitest";

/**
 * A limit of so many milliseconds is over when the test says so, and not when its time is. So a test sees what happens at
 * the end of it, however slow the machine is.
 */
export function holdLimit(ms: number): { end: () => void } {
  const limit = new AbortController();
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  const spy = vi
    .spyOn(AbortSignal, "timeout")
    .mockImplementation((each) => (each === ms ? limit.signal : timeout(each)));
  onTestFinished(() => spy.mockRestore());
  return { end: () => limit.abort() };
}

/** Acts after ten turns of the loop in which both sides run: what one had sent before, the other has read. */
export function inAWhile(act: () => void, turns = 10): void {
  setTimeout(() => (turns === 0 ? act() : inAWhile(act, turns - 1)), 10);
}
