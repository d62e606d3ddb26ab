"""The interactive part of the authorization server: sign-in, consent, codes, refresh, devices."""
