DROP TABLE public.review_claims;
DROP TABLE public.conversation_reviews;
