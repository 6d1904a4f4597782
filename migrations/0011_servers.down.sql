DROP TABLE public.servers;
