export default {
  async fetch(_request, { STAGE, RATES }) {
    return Response.json({ stage: STAGE, rates: await RATES.today() });
  },
};
