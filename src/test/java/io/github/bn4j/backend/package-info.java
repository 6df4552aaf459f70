/**
 * The laws that every backend obeys.
 *
 * <p>A backend's test extends {@code BackendContract} and says which backend it is; a new backend
 * is finished when that class passes. The laws are grouped: agreement with the reference, the table
 * of degenerate input, running statistics, memory, plans, and the user's mistakes.
 */
@NullMarked
package io.github.bn4j.backend;

import org.jspecify.annotations.NullMarked;
