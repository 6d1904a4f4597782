-- Whoever is signed in has to sign in again: the cookies have other names without it.
DROP TABLE auth.installation;
