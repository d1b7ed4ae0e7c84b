// @ts-check
/**
 * What `getStats` says about a call: numbers, and the one word for them.
 *
 * @typedef {"good"|"fair"|"poor"|"none"} Word
 * @typedef {object} Reading
 * @property {number} at milliseconds
 * @property {number} packets all media packets that arrived
 * @property {number} lost
 * @property {number} audioBytes
 * @property {number} audioEnergy grows while sound is heard
 * @property {number} audioLevel 0 to 1, now
 * @property {number} frames video frames decoded
 * @property {number} width
 * @property {number} height
 * @property {number} concealed samples of sound that had to be made up
 * @property {number | null} roundTrip seconds
 * @property {number | null} outgoing bits per second that the path is thought to carry
 * @property {string} path kind of the local candidate: host, srflx, prflx, relay
 */

const FAIR = { loss: 0.03, roundTrip: 0.3 };
const POOR = { loss: 0.1, roundTrip: 0.6 };

/**
 * @param {RTCStatsReport | null} report
 * @returns {Reading}
 */
export function read(report) {
  /** @type {Reading} */
  const reading = {
    at: performance.now(), packets: 0, lost: 0, audioBytes: 0, audioEnergy: 0, audioLevel: 0,
    frames: 0, width: 0, height: 0, concealed: 0, roundTrip: null, outgoing: null, path: "",
  };
  report?.forEach((entry) => {
    if (entry.type === "inbound-rtp") {
      reading.packets += entry.packetsReceived ?? 0;
      reading.lost += Math.max(0, entry.packetsLost ?? 0);
      if (entry.kind === "audio") {
        reading.audioBytes += entry.bytesReceived ?? 0;
        reading.audioEnergy += entry.totalAudioEnergy ?? 0;
        reading.audioLevel = Math.max(reading.audioLevel, entry.audioLevel ?? 0);
        reading.concealed += entry.concealedSamples ?? 0;
      } else {
        reading.frames += entry.framesDecoded ?? 0;
        reading.width = entry.frameWidth ?? reading.width;
        reading.height = entry.frameHeight ?? reading.height;
      }
    } else if (entry.type === "candidate-pair" && entry.nominated && entry.state === "succeeded") {
      reading.roundTrip = entry.currentRoundTripTime ?? null;
      reading.outgoing = entry.availableOutgoingBitrate ?? null;
      reading.path = report.get(entry.localCandidateId)?.candidateType ?? "";
    }
  });
  return reading;
}

/**
 * The word for what happened between two readings.
 * @param {Reading} before
 * @param {Reading} now
 * @returns {Word}
 */
export function word(before, now) {
  const arrived = now.packets - before.packets;
  if (arrived <= 0) return "none";
  const lost = Math.max(0, now.lost - before.lost);
  const loss = lost / (lost + arrived);
  const roundTrip = now.roundTrip ?? 0;
  if (loss > POOR.loss || roundTrip > POOR.roundTrip) return "poor";
  if (loss > FAIR.loss || roundTrip > FAIR.roundTrip) return "fair";
  return "good";
}
