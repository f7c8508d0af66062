/** The external authoriser of Istio's samples: it allows what says so in a header. */
export default {
  async fetch(request) {
    const isAllowed = request.headers.get('x-ext-authz') === 'allow';
    return new Response(
      isAllowed ? null : 'denied by ext_authz for not found header `x-ext-authz: allow` in the request',
      {
        status: isAllowed ? 200 : 403,
      },
    );
  },
};
