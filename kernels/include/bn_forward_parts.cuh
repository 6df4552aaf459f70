// What blocks that share a channel make of each other's moments; forward, channel second.
#pragma once

#include "bn_exchange.cuh"
#include "bn_onepass_sums.cuh"

// Merges what all blocks have put for a channel: pivot, mean relative to it, m2; by a warp, AT_ONCE of
// a lane's parts read before the first is used. Means are taken as distances from the first part's, so
// that S2 - S1^2 / m is as exact as mergeParts in bn_forward_tile.cuh says.
template <int AT_ONCE, typename Exchange>
__device__ inline Parts<3> mergeParts(const Exchange& exchange, i64 m, i64 chunk, int channel) {
  const Parts<3> first = exchange.part(channel, 0);
  double sum = 0;
  double squares = 0;
  eachPart<AT_ONCE>(exchange, channel, [&](int rank, const Parts<3>& other) {
    const double count = static_cast<double>(splitCount(rank, chunk, m));
    const double distance = ((other.v[0] - first.v[0]) + other.v[1]) - first.v[1];
    sum += count * distance;
    squares += other.v[2] + count * distance * distance;
  });
  sum = warpSum(sum);
  squares = warpSum(squares);
  const double share = sum / static_cast<double>(m);
  Parts<3> parts = {{first.v[0], first.v[1] + share, squares - sum * share}};
  return parts;
}
