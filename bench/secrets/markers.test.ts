import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createMarkers } from "./markers.ts";

const value = `marker+/${randomBytes(9).toString("hex")}`;

test.each<[string, string]>([
  ["as it is", value],
  ["in a URL", `https://example.com/?q=${encodeURIComponent(value)}`],
  ["in hex", Buffer.from(`before ${value} after`).toString("hex")],
  ["in base64, at the start of a group", Buffer.from(`abc${value} after`).toString("base64")],
  ["in base64, one byte later", Buffer.from(`abcd${value} after`).toString("base64")],
  ["in base64url, two bytes later", Buffer.from(`abcde${value} after`).toString("base64url")],
])("a marker is found %s", (_how, text) => {
  const markers = createMarkers();
  markers.add("the marker", value);
  expect(markers.find([{ name: "here", text }])).toMatchObject([{ marker: "the marker", where: "here" }]);
});

test("what may be seen in a place is not found there, and something else is", () => {
  const markers = createMarkers();
  markers.add("a secret", value);
  markers.add("an address", "ada.marker@example.com", "personal");
  const text = `${value} ada.marker@example.com`;
  expect(markers.find([{ name: "mail", text, allowed: ["personal"] }])).toMatchObject([{ marker: "a secret" }]);
  expect(markers.find([{ name: "clean", text: "nothing" }])).toEqual([]);
});
