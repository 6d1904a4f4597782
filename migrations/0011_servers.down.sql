DROP TABLE public.periodic_jobs;
DROP TABLE public.servers;
