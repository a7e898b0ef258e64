import { type Column, type SQL, sql } from "drizzle-orm";

/**
 * One array parameter with its type. One statement text serves every length, so Postgres can keep its plan, and there is
 * no limit on the number of rows.
 */
export function array(values: readonly unknown[], type: "uuid" | "text" | "timestamptz" | "bytea" | "int"): SQL {
  return sql`${sql.param(values)}::${sql.raw(type)}[]`;
}

/** True for rows whose column is one of the values. One parameter, unlike drizzle's `inArray`: see {@link array}. */
export function isAnyOf(column: Column, values: readonly string[], type: "uuid" | "text"): SQL {
  return sql`${column} = any(${array(values, type)})`;
}
