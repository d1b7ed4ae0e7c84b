from telemed.demo import views as views
